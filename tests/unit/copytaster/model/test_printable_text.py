from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copytaster.model.printable_text import BIDIRECTIONAL, escape

TEXTS = st.text(alphabet=st.one_of(st.characters(), st.sampled_from(sorted(BIDIRECTIONAL))))


def test_every_character_that_changes_the_direction_is_escaped() -> None:
    explicit = {"LRE", "LRO", "RLE", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    known = {chr(code) for code in range(0x11_0000) if unicodedata.bidirectional(chr(code)) in explicit}

    assert known | {"\u061c", "\u200e", "\u200f"} == BIDIRECTIONAL
    assert escape("evil\u202etxt.exe \u200f") == "evil\\u202etxt.exe \\u200f"


@pytest.mark.parametrize("text", ["Żółw", "العربية", "👩‍🚒", "two\nlines\tand more", "soft\u00adhyphen"])
def test_other_text_stays(text: str) -> None:
    assert escape(text) == text


@given(TEXTS)
def test_escaped_json_is_read_as_before(text: str) -> None:
    line = escape(json.dumps({"title": text}, ensure_ascii=False))

    assert json.loads(line) == {"title": text}
    assert not BIDIRECTIONAL & set(line)
