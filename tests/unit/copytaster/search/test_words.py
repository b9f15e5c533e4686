"""The words of a text, and their places."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copytaster.search.words import phrase_of, placed_words, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The U.S. won 3-1", ["the", "u", "s", "won", "3", "1"]),
        ("snake_case", ["snake", "case"]),
        ("Fuß\u00adball", ["fussball"]),
        ("Ångström CO₂ ½", ["angstrom", "co2", "12"]),
        ("Brand™ ❤️ 👍🏽", ["brand"]),
        ("İstanbul \N{LATIN SMALL LETTER DOTLESS I}s", ["istanbul", "is"]),
        ("東京2026年", ["東京", "京", "2026", "年"]),
        ("iPhone発売", ["iphone", "発売", "売"]),
        ("\u0301", []),
    ],
)
def test_a_text_has_these_words(text: str, words: list[str]) -> None:
    assert words_of(text) == words


@pytest.mark.parametrize("typed", ["м'ята", "O'zbekiston", "Hawai'i", "Qur'an", "ob'ekt 東京"])
@pytest.mark.parametrize(
    "apostrophe", "\u02b9\u02ba\u02bb\u02bc\u02bd\u02be\u02bf\u2018\u2019\u2032\uff07\ua78b\ua78c`\u00b4"
)
def test_every_apostrophe_separates_words_also_one_that_is_a_letter(typed: str, apostrophe: str) -> None:
    text = typed.replace("'", apostrophe)

    assert words_of(text) == placed_words(text).values == words_of(typed)
    assert phrase_of(text, open_ended=False) == phrase_of(typed, open_ended=False)


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("The Łódź wall", ["The", "Łódź", "wall"]),
        ("東京都 x", ["東京", "京都", "都", "x"]),
        ("cafe\u0301 ｶﾞｷ", ["cafe\u0301", "ｶﾞｷ", "ｷ"]),
        ("ท่าเรือ", ["ท่า", "าเ", "เรื", "รือ", "อ"]),
    ],
)
def test_each_word_has_its_place_in_the_text(text: str, places: list[str]) -> None:
    found = placed_words(text)

    assert [text[start:end] for start, end in found.places] == places
    assert found.values == words_of(text)


@given(st.text(st.characters(max_codepoint=127)) | st.text())
def test_words_with_and_without_places_are_the_same(text: str) -> None:
    assert words_of(text) == placed_words(text).values


def test_a_text_in_plain_letters_has_the_same_words_beside_other_letters() -> None:
    assigned = [chr(code) for code in range(0x2500) if unicodedata.category(chr(code)) != "Cn"]
    different = [each for each in assigned if [*words_of(f"x{each}y"), "東"] != words_of(f"x{each}y 東")]

    assert different == []


@pytest.mark.parametrize(
    ("text", "words", "open_ended"),
    [
        ("sea wall", ("sea", "wall"), False),
        ("東", ("東",), True),
        ("東京", ("東京",), False),
        ("東京 tower", ("東京", "京", "tower"), False),
        ("tower 東", ("tower", "東"), True),
        ("2026年", ("2026", "年"), True),
    ],
)
def test_a_phrase_need_not_end_where_a_run_without_spaces_ends(
    text: str, words: tuple[str, ...], *, open_ended: bool
) -> None:
    found = phrase_of(text, open_ended=False)

    assert (found.words, found.open_ended) == (words, open_ended)
