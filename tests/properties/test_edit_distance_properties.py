"""The edit distance of words, compared with its definition."""

from __future__ import annotations

from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from copytaster.tagging.rules.edit_distance import EXACT_LETTERS, within_distance

WORDS = st.text("abcd", min_size=EXACT_LETTERS + 1, max_size=8)


@given(WORDS, WORDS, st.integers(1, 2))
def test_the_limit_is_applied_to_the_distance_by_definition(word: str, other: str, limit: int) -> None:
    assert within_distance(word, other, limit=limit) == (alignment_distance(word, other) <= limit)


@given(st.text("abcd", min_size=1, max_size=EXACT_LETTERS), WORDS)
def test_a_short_word_must_be_equal(word: str, other: str) -> None:
    assert within_distance(word, other, limit=2) == (word == other)


def alignment_distance(word: str, other: str) -> int:
    """Return the optimal string alignment distance by its recursive definition, from the ends of both words."""

    @cache
    def cost(left: int, right: int) -> int:
        if not left or not right:
            return left + right
        same = word[left - 1] == other[right - 1]
        best = min(cost(left - 1, right) + 1, cost(left, right - 1) + 1, cost(left - 1, right - 1) + (not same))
        swapped = word[left - 2 : left] == other[right - 2 : right][::-1]
        return min(best, cost(left - 2, right - 2) + 1) if left > 1 and right > 1 and swapped else best

    return cost(len(word), len(other))
