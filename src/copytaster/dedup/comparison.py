"""How two texts compare: which share of each lies in the other, where, and whether figures, names, headlines agree."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from copytaster.dedup.sample import common
from copytaster.dedup.signature import FACTS, HEADLINE_WORDS, Signature

LEAST_SHARE = 0.3
"""Two texts of which neither has this much in the other are not compared further: no copy of any kind has less."""

MANY_MISSING = 4
"""Names that do not agree count up to here; with more the two are as different as they can be."""

SHORT = math.log(148)
"""Of texts with fewer words than this, likeness proves less."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two texts against each other; the same whichever is named first. Shares are 0 to 1, absent facts agree."""

    larger_share: float
    smaller_share: float
    likeness: float
    figures_shared: float
    figures_missing: float
    names_shared: float
    names_missing: float
    headline_shared: float
    headline_likeness: float
    headlines: bool
    length_ratio: float
    length: float
    changed: bool
    gap: float
    larger_gap: float
    opening: float
    ending: float


class View:
    """A signature made ready to be compared with many."""

    def __init__(self, signature: Signature) -> None:
        self.words = signature.words
        self.changed = signature.changed
        self.runs = np.frombuffer(signature.runs, "<u4")
        self.places = np.frombuffer(signature.places, np.uint8)
        self.figures = _small(signature.figures)
        self.names = _small(signature.names)
        self.headline = _small(signature.headline)


def compare(one: View, other: View) -> Comparison | None:
    """Return how the two compare, None when they have next to nothing in common; about 40 microseconds."""
    mine, theirs = common(one.runs, other.runs)
    shared = int(np.count_nonzero(mine))
    if shared < LEAST_SHARE * max(1, min(len(mine), len(theirs))):
        return None
    shares = sorted((shared / len(mine), shared / len(theirs)))
    here, there = _unmatched(mine, one.places), _unmatched(theirs, other.places)
    figures, figures_of = _agreeing(one.figures, other.figures, FACTS)
    names, names_of = _agreeing(one.names, other.names, FACTS)
    headline, headline_of = _agreeing(one.headline, other.headline, HEADLINE_WORDS)
    either = len(one.headline) + len(other.headline) - headline
    return Comparison(
        larger_share=shares[1],
        smaller_share=shares[0],
        likeness=shared / (len(mine) + len(theirs) - shared),
        figures_shared=(figures + 1) / (figures_of + 1),
        figures_missing=(figures_of - figures) / max(1, figures_of),
        names_shared=(names + 1) / (names_of + 1),
        names_missing=min(1.0, (names_of - names) / MANY_MISSING),
        headline_shared=headline / max(1, headline_of),
        headline_likeness=headline / max(1, either),
        headlines=headline_of > 0,
        length_ratio=abs(math.log(one.words + 1) - math.log(other.words + 1)),
        length=math.log(min(one.words, other.words) + 1),
        changed=one.changed or other.changed,
        gap=min(here[1], there[1]),
        larger_gap=max(here[1], there[1]),
        opening=min(here[0], there[0]),
        ending=min(here[2], there[2]),
    )


def _unmatched(matched: NDArray[np.bool_], places: NDArray[np.uint8]) -> tuple[float, float, float]:
    """Return the stretches without a common run before, between (the longest) and after the common ones, as shares.

    Two stories on one page share what is around them and have such a stretch each, in the middle or at the same end;
    an edited text has none, and a page around a text has its own words before and after it.
    """
    along = matched[places[: len(matched)].argsort(kind="stable")].nonzero()[0]
    if not len(along):
        return 1.0, 0.0, 0.0
    between = int((along[1:] - along[:-1]).max()) - 1 if len(along) > 1 else 0
    size = len(matched)
    return float(along[0]) / size, between / size, (size - 1 - float(along[-1])) / size


def _small(packed: bytes) -> list[int]:
    return [int(value) for value in np.frombuffer(packed, "<u2")]


def _agreeing(one: list[int], other: list[int], most: int) -> tuple[int, int]:
    """Return how many are in both, and how many could be: as many as the smaller set has where both are whole."""
    if len(one) == most or len(other) == most:
        end = min(each[-1] for each in (one, other) if len(each) == most)
        one, other = ([value for value in each if value <= end] for each in (one, other))
    return len(set(one).intersection(other)), min(len(one), len(other))
