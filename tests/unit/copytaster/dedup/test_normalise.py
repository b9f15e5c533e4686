from __future__ import annotations

import pytest

from copytaster.dedup.normalise import content_hash, text_hash, words


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


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("It cost $5 million.", "It cost €5 million."),
        ("It cost $5 million.", "It cost 5 million."),
        ("It fell to -5 degrees.", "It fell to 5 degrees."),
        ("A change of -$5.", "A change of +$5."),
        ("It rose 5% in May.", "It rose 5 in May."),
        ("It rose 5% and 6.", "It rose 5 and 6%."),
    ],
)
def test_a_sign_of_a_figure_changes_the_content_and_not_the_words(one: str, other: str) -> None:
    assert content_hash("Prices", one) != content_hash("Prices", other)
    assert text_hash("Prices", one) == text_hash("Prices", other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("\u22125 degrees", "-5 degrees"),
        ("pages 5-7 of 2020\u201321", "pages 5\u20137 of 2020-21"),
        ("\uff045, 5 %", "$5; 5%"),
        ("a dash -- 5 people", "a dash — 5 people"),
        ("No signs, 5 words.", "no signs: 5 words"),
    ],
)
def test_the_way_in_which_a_sign_is_written_does_not_count(one: str, other: str) -> None:
    assert content_hash("Prices", one) == content_hash("Prices", other)


def test_without_signs_the_content_is_the_words() -> None:
    assert content_hash("Title", "5 words in 2026") == text_hash("Title", "5 words in 2026")
