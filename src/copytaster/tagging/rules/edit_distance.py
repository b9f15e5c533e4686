"""Edit distance between words: letters that are wrong, missing, added, or swapped with their neighbour."""

from __future__ import annotations

EXACT_LETTERS = 3
"""Words of up to this many letters must be equal: one edit turns "was" into "war"."""


def within_distance(word: str, other: str, *, limit: int) -> bool:
    """Return whether at most ``limit`` edits separate the words; short words must be equal.

    Optimal string alignment (Damerau's distance without overlapping swaps). Cost: a few microseconds when the lengths
    allow a match at all.
    """
    if word == other:
        return True
    if len(word) <= EXACT_LETTERS or abs(len(word) - len(other)) > limit:
        return False
    # An edit introduces at most one letter. This rejects most words ten times faster than the table below.
    letters, other_letters = set(word), set(other)
    if len(letters - other_letters) > limit or len(other_letters - letters) > limit:
        return False
    before_last: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(word, start=1):
        current = [row]
        for column, other_letter in enumerate(other, start=1):
            cost = min(last[column] + 1, current[-1] + 1, last[column - 1] + (letter != other_letter))
            if row > 1 and column > 1 and letter == other[column - 2] and word[row - 2] == other_letter:
                cost = min(cost, before_last[column - 2] + 1)
            current.append(cost)
        if min(current) > limit and min(last) > limit:
            return False
        before_last, last = last, current
    return last[-1] <= limit
