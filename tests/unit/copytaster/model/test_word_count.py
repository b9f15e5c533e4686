from __future__ import annotations

import pytest

from copytaster.model.word_count import word_count


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("The bridge opens - at last.", 6),
        ("桥在周一开放。", 6),
        ("橋は月曜日に開く。", 8),
        ("AT&T在北京 2024", 5),
        ("다리가 월요일에 열린다", 3),
        ("สะพาน", 5),
        ("Мост открыт.", 2),
    ],
)
def test_words_are_counted_by_spaces_or_by_letters_where_a_script_has_none(text: str, words: int) -> None:
    assert word_count(text) == words
