from __future__ import annotations

from unicodedata import category

import pytest

from copytaster.model.article import EntityType
from copytaster.tagging.entities.mentions import (
    follows_place_preposition,
    is_banner,
    plain_quotes,
    trim,
    type_by_context,
)


@pytest.mark.parametrize(
    ("marked", "name"),
    [
        ("the Harbour Board", "Harbour Board"),
        ("President Amina Okafor", "Amina Okafor"),
        ("Vice-President Okafor", "Okafor"),
        ("Dr. Lind's", "Lind"),
        ("Sen. Erik Lind", "Erik Lind"),
        ('"Anna Lind,', "Anna Lind"),
        ("the Millers'", "Millers"),
        ("Anna Lind\n\nSport", "Anna Lind"),
        ("Anna Lind - named", "Anna Lind"),
        ("Washington D.C.", "Washington D.C."),
        ("John Hale Jr.", "John Hale Jr."),
    ],
)
def test_a_span_is_trimmed_to_the_bare_name(marked: str, name: str) -> None:
    text = f"It was {marked} again"
    start = text.index(marked)

    bounds = trim(text, start, start + len(marked), person=True)

    assert bounds is not None
    assert text[slice(*bounds)] == name


@pytest.mark.parametrize(
    "marked", ["President", "Mr.", "--", "the", "www.example.org", "desk@example.org", "x", "today"]
)
def test_a_span_without_a_name_is_dropped(marked: str) -> None:
    assert trim(marked, 0, len(marked), person=True) is None


def test_an_organisation_keeps_its_first_word_even_if_it_is_a_title() -> None:
    assert trim("General Motors", 0, 14, person=False) == (0, 14)


def test_quotes_are_replaced_one_for_one() -> None:
    text = "\N{LEFT DOUBLE QUOTATION MARK}Lind\N{RIGHT SINGLE QUOTATION MARK}s\N{RIGHT DOUBLE QUOTATION MARK}"

    assert plain_quotes(text) == '"Lind\'s"'


def test_every_space_of_unicode_is_a_plain_one() -> None:
    spaces = "".join(filter(lambda each: category(each) == "Zs", map(chr, range(0x11_0000))))

    assert plain_quotes(spaces) == " " * len(spaces)


@pytest.mark.parametrize("name", ["READ MORE", "EXCLUSIVE", "ALSO ON"])
def test_calls_to_the_reader_are_banners(name: str) -> None:
    assert is_banner(name)


@pytest.mark.parametrize("name", ["NATO", "UNICEF", "Read More"])
def test_acronyms_and_ordinary_names_are_not_banners(name: str) -> None:
    assert not is_banner(name)


def test_a_noun_for_a_place_before_a_name_makes_it_a_place() -> None:
    assert type_by_context("the border town of Khasan", 19) is EntityType.PLACE
    assert type_by_context("the leader of Khasan", 14) is None


def test_a_name_after_in_is_located_unless_it_is_a_possessive() -> None:
    assert follows_place_preposition("in Orvik today", 3, 8)
    assert not follows_place_preposition("in Lind's car", 3, 7)
    assert not follows_place_preposition("by Orvik today", 3, 8)
