"""The verdict whether two texts are the same text, edited or not: logistic regression over their comparison.

The weights were fitted by ``python -m benchmarks.neardup_train`` to three sets of labelled documents, a natural wire
stream, newsroom edits and the output of extractors; docs/adr/0020 has the command and the figures.
"""

from __future__ import annotations

import math

from copytaster.dedup.comparison import SHORT, Comparison

BIAS = 1.5640

WEIGHTS = (
    5.7353,
    -6.4417,
    1.9707,
    -2.6709,
    2.9659,
    -0.5713,
    -3.2328,
    -3.2841,
    0.0178,
    0.2843,
    0.3631,
    1.2544,
    0.0368,
    -23.9886,
    -3.9170,
    -6.9682,
    -23.1195,
    -7.7402,
    -9.0470,
    -9.1714,
)
"""In the order of ``features``."""

DIGEST_SHARE = 0.34
"""If the other text contains less than this share of it, a text is several times as long: a digest, or a page."""

DIGEST_HEADLINE = 0.25
"""Headlines with a smaller common share are different."""


def features(found: Comparison) -> tuple[float, ...]:
    """Return the features, in the order of the weights."""
    lopsided = found.larger_share - found.smaller_share
    unlike = 1 - found.larger_share
    headlines = float(found.headlines)
    changed = float(found.changed)
    return (
        found.larger_share,
        found.smaller_share,
        found.figures_shared,
        found.figures_missing,
        found.names_shared,
        found.names_missing,
        found.headline_shared,
        1 - headlines,
        found.length_ratio,
        found.length,
        changed,
        changed * found.figures_missing,
        max(0.0, SHORT - found.length) * found.likeness,
        headlines * lopsided * (1 - found.headline_shared),
        headlines * unlike * (1 - found.headline_likeness),
        (1 - headlines) * unlike,
        found.gap,
        found.larger_gap,
        found.opening,
        found.ending,
    )


def confidence(found: Comparison) -> float:
    """Return the confidence (0 to 1) that the two are one text."""
    total = BIAS + sum(weight * value for weight, value in zip(WEIGHTS, features(found), strict=True))
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, total))))


def is_in_digest(found: Comparison) -> bool:
    """Return whether one text is part of a longer one with another headline: a round-up, which is never a copy."""
    return found.headlines and found.smaller_share < DIGEST_SHARE and found.headline_shared < DIGEST_HEADLINE
