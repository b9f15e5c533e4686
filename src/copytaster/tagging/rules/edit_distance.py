"""Edit distance between words: letters that are wrong, missing, added, or swapped with their neighbour."""

from __future__ import annotations

from rapidfuzz.distance import OSA

EXACT_LETTERS = 3
"""Words of up to this many letters must be equal: one edit turns "was" into "war"."""


def within_distance(word: str, other: str, *, limit: int) -> bool:
    """Return whether at most ``limit`` edits separate the words; short words must be equal.

    Optimal string alignment (Damerau's distance without overlapping swaps). Cost: well under a microsecond.
    """
    if word == other:
        return True
    return len(word) > EXACT_LETTERS and OSA.distance(word, other, score_cutoff=limit) <= limit
