"""Where terms are in a text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copytaster.tagging.keywords.terms import Term, term_spans

LETTERS = "aBcsS-_ \n.é\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}1"
WORDS = st.sampled_from(["a", "ab", "as", "bas", "s", "c-a", "é"])


def places(term: Term, text: str, *, spaced: bool = True) -> list[str]:
    return [text[each.start : each.end] for each in term_spans(term, text, spaced=spaced)]


@pytest.mark.parametrize(
    ("term", "text", "found"),
    [
        (("bank",), "Banks lend. The bank-holiday, a riverbank and the BANK; bankss", ["Banks", "BANK"]),
        (("central", "bank"), "Central\n banks and the central, bank", ["Central\n banks"]),
        (("class",), "class classs classes class", ["class", "classs", "class"]),
        (("istanbul",), "in \N{LATIN CAPITAL LETTER I WITH DOT ABOVE}zmir and Istanbul", ["Istanbul"]),
    ],
)
def test_a_term_is_found_as_whole_words_in_any_case(term: Term, text: str, found: list[str]) -> None:
    assert places(term, text) == found


def test_a_term_of_an_unspaced_language_is_found_inside_of_others() -> None:
    assert places(("大臣",), "外務大臣と大臣", spaced=False) == ["大臣", "大臣"]


@given(st.lists(WORDS, min_size=1, max_size=2).map(tuple), st.text(LETTERS, max_size=30))
def test_the_places_are_those_of_a_regular_expression(term: Term, text: str) -> None:
    words = r"\s+".join(map(re.escape, term))
    expected = re.findall(rf"(?<![\w-]){words}s?(?![\w-])", text, re.IGNORECASE)

    assert places(term, text) == expected
