from __future__ import annotations

import pytest

from copytaster.dedup.normalise import text_hash, words


@pytest.mark.parametrize(
    ("one", "other"),
    [("दान", "दिन"), ("கல்", "கால்"), ("কল", "কাল"), ("ދިން", "ދޭން"), ("ကို", "က"), ("កា", "កី"), ("ມາ", "ມີ")],
    ids=["Hindi", "Tamil", "Bengali", "Dhivehi", "Burmese", "Khmer", "Lao"],
)
def test_words_that_differ_in_a_vowel_sign_are_different(one: str, other: str) -> None:
    assert text_hash("", one) != text_hash("", other)


@pytest.mark.parametrize("text", ["हिन्दी", "தமிழ்", "বাংলা", "ދިވެހި"])
def test_a_word_with_vowel_signs_is_one_word(text: str) -> None:
    assert words(f"{text}। {text}!") == [text, text]


@pytest.mark.parametrize(
    ("one", "other"),
    [("مُحَمَّد أيضاً", "محمد أيضا"), ("محـــمد", "محمد"), ("שָׁלוֹם", "שלום"), ("ẹ̀kọ́", "ẹkọ"), ("İstanbul", "istanbul")],
    ids=["Arabic", "stretched", "Hebrew", "Yoruba", "Turkish"],
)
def test_marks_that_writers_omit_do_not_count(one: str, other: str) -> None:
    assert words(one) == words(other)


@pytest.mark.parametrize("text", ["ကမ်း", "កំពង់", "ທ່າເຮືອ", "ท่าเรือ"])
def test_every_character_is_a_word_in_scripts_without_spaces(text: str) -> None:
    assert words(text) == list(text)


def test_accents_that_have_a_letter_of_their_own_count() -> None:
    assert words("re\u0301sume\u0301") == words("résumé") != words("resume")
