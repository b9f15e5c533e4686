"""How many slips of the pen part two words: letters wrong, missing, too many or swapped with their neighbour."""

from __future__ import annotations

EXACT_LETTERS = 3
"""Words of up to so many letters must be right: one slip makes "war" of "was"."""


def within(word: str, other: str, *, most: int) -> bool:
    """Say whether at most ``most`` slips part the words; short words must be the same.

    Optimal string alignment (Damerau's distance without overlapping swaps). Cost: some microseconds where the lengths
    allow a match at all.
    """
    if word == other:
        return True
    if len(word) <= EXACT_LETTERS or abs(len(word) - len(other)) > most:
        return False
    # A slip brings in one letter at most: this tells most words apart ten times faster than the table below.
    letters, others = set(word), set(other)
    if len(letters - others) > most or len(others - letters) > most:
        return False
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(word, start=1):
        line = [row]
        for column, rival in enumerate(other, start=1):
            cost = min(last[column] + 1, line[-1] + 1, last[column - 1] + (letter != rival))
            if row > 1 and column > 1 and letter == other[column - 2] and word[row - 2] == rival:
                cost = min(cost, before[column - 2] + 1)
            line.append(cost)
        if min(line) > most and min(last) > most:
            return False
        before, last = last, line
    return last[-1] <= most
