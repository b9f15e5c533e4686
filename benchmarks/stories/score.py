"""Scores of stories against known events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Score:
    """B-cubed (Bagga and Baldwin 1998) and pairwise precision, recall and F1, and the adjusted Rand index."""

    b_cubed_precision: float
    b_cubed_recall: float
    b_cubed_f1: float
    pair_precision: float
    pair_recall: float
    pair_f1: float
    ari: float
    stories: int


def scored(events: Sequence[Hashable], stories: Sequence[Hashable]) -> Score:
    """Return the scores of the stories of articles, given the event of each."""
    size, of_event, of_story = len(events), Counter(events), Counter(stories)
    both = Counter(zip(events, stories, strict=True))
    precision = sum(number * number / of_story[story] for (_, story), number in both.items()) / size
    recall = sum(number * number / of_event[event] for (event, _), number in both.items()) / size
    right, found, true = _pairs(both), _pairs(of_story), _pairs(of_event)
    pair_precision, pair_recall = right / found if found else 1.0, right / true if true else 1.0
    return Score(
        b_cubed_precision=precision,
        b_cubed_recall=recall,
        b_cubed_f1=_f1(precision, recall),
        pair_precision=pair_precision,
        pair_recall=pair_recall,
        pair_f1=_f1(pair_precision, pair_recall),
        ari=adjusted_rand_index(events, stories),
        stories=len(of_story),
    )


def adjusted_rand_index(one: Sequence[Hashable], other: Sequence[Hashable]) -> float:
    """Return how far two groupings agree: 1 if they are equal, 0 if they agree as chance would have it."""
    both, first, second = (_pairs(Counter(each)) for each in (zip(one, other, strict=True), one, other))
    expected = first * second / max(len(one) * (len(one) - 1) // 2, 1)
    mean = (first + second) / 2
    return (both - expected) / (mean - expected) if mean != expected else 1.0


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _pairs(sizes: Counter[Hashable] | Counter[tuple[Hashable, Hashable]]) -> int:
    return sum(size * (size - 1) // 2 for size in sizes.values())
