"""``python -m benchmarks.stories.train --events DATA [--wire DOCS --pairs PAIRS] [--write]``.

Fits the weights of ``copytaster.stories.scoring``. Articles with known events are placed into their true stories, some
of which are broken into parts, and every candidate that an article would be compared with is an example. A wire
service's stream with pairs that a person labelled teaches what texts of one template share. Prints how well articles
are placed if the weights for each topic are fitted without that topic. ``--write`` replaces the packaged weights. Takes
some three minutes.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from benchmarks.stories.articles import Labelled, read_articles, read_records
from benchmarks.stories.examples import (
    Example,
    Examples,
    examples_of_events,
    examples_of_templates,
    with_related,
)
from benchmarks.stories.placed import compared, place
from benchmarks.stories.score import Score, scored
from copytaster.store.ports.stories import StoryId
from copytaster.stories.scoring import Regression, Scoring
from copytaster.tagging.tagger import load_tagger

EVENT = (
    "words", "names", "terms", "numbers", "days", "both_days", "years_differ", "persons", "both_persons", "main_person",
    "other_persons",
)  # fmt: skip
MERGE = ("words", "mean_words", "names", "numbers", "days", "years_differ", "main_person", "smaller", "larger")
SPECIFIC = (
    "rarity", "rarest", "headline_missing", "twins", "other_subject", "both_numbers", "days_apart", "other_figures",
)  # fmt: skip
"""The values that each regression uses; more of them did not help on topics that were held back."""

PENALTY = 1.0
"""Factor of the squared weights, with each value scaled to a standard deviation of one; it keeps weights small."""

FOLDS = 5

ROUNDS = 40
"""Newton's method needs some ten."""

SEED = 1

WEIGHTS = Path(__file__).parents[2] / "src/copytaster/stories/weights.toml"

HEADER = """\
# Weights of stories, written by `python -m benchmarks.stories.train --events ECB+ --wire DOCS --pairs PAIRS --write`.
# The data: ECB+ (Cybulska and Vossen 2014), odd topics; pairs of a wire service's stream, read by a person.
"""


def main(arguments: Sequence[str]) -> int:
    """Print the figures and the weights, or write the weights."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stories.train", description=__doc__)
    parser.add_argument("--events", type=Path, required=True)
    parser.add_argument("--wire", type=Path)
    parser.add_argument("--pairs", type=Path)
    parser.add_argument("--write", action="store_true", help="replace the packaged weights")
    options = parser.parse_args(arguments)
    tagger = load_tagger()
    events = read_articles(options.events, tagger)
    examples = examples_of_events(events)
    if options.wire and options.pairs:
        pairs = list(read_records(options.pairs))
        examples.specific.extend(examples_of_templates(with_related(read_articles(options.wire, tagger), pairs), pairs))
    print(cross_validated(events, examples))
    text = HEADER + "\n".join(_lines(fitted(examples)))
    if options.write:
        WEIGHTS.write_text(text, encoding="utf-8")
    print(text)
    return 0


def fitted(examples: Examples) -> Scoring:
    """Return the regressions that fit the examples."""
    kinds = zip(examples.kinds, (EVENT, MERGE, SPECIFIC), strict=True)
    return Scoring(*(regression(each, names) for each, names in kinds))


def regression(examples: Sequence[Example], names: Sequence[str]) -> Regression:
    """Return the logistic regression with the highest likelihood and small weights, by Newton's method."""
    values = np.array([[each.values[name] for name in names] for each in examples])
    mean, deviation = values.mean(axis=0), values.std(axis=0) + 1e-9
    matrix = np.column_stack([(values - mean) / deviation, np.ones(len(values))])
    same = np.array([each.same for each in examples], float)
    counted = np.array([each.weight for each in examples])
    penalty = np.diag([PENALTY] * len(names) + [1e-6])
    weights = np.zeros(len(names) + 1)
    for _ in range(ROUNDS):
        probabilities = 1 / (1 + np.exp(-matrix @ weights))
        gradient = matrix.T @ (counted * (probabilities - same)) + penalty @ weights
        curvature = (matrix.T * (counted * probabilities * (1 - probabilities))) @ matrix + penalty
        weights -= np.linalg.solve(curvature, gradient)
    scaled = weights[:-1] / deviation
    return Regression(float(weights[-1] - scaled @ mean), dict(zip(names, map(float, scaled), strict=True)))


def cross_validated(articles: Sequence[Labelled], examples: Examples) -> Score:
    """Return the score if the articles of each topic are placed, among all others, with weights from other topics."""
    topics = sorted({each.topic for each in articles})
    random.Random(SEED).shuffle(topics)
    known = list(compared(articles))
    events: list[str] = []
    stories: list[tuple[int, StoryId]] = []
    for fold in range(FOLDS):
        held_back = frozenset(topics[fold::FOLDS])
        placed = place(known, fitted(examples.without(held_back)))
        for each, story in zip(articles, placed, strict=True):
            if each.topic in held_back:
                events.append(each.event)
                stories.append((fold, story))
    return scored(events, stories)


def _lines(scoring: Scoring) -> Iterator[str]:
    for name in Scoring.__slots__:
        found: Regression = getattr(scoring, name)
        yield from ("", f"[{name}]", f"bias = {found.bias:.4f}")
        yield from (f"{each} = {weight:.4f}" for each, weight in found.weights.items())
    yield ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
