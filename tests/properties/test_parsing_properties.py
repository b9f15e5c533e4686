from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

from hypothesis import assume, given
from hypothesis import strategies as st

from copytaster.errors import PermanentError
from copytaster.parsing.builtin_parsers import default_parsers
from copytaster.parsing.charset.decoding import clean, decode
from copytaster.parsing.charset.invisible import without_breaks
from copytaster.parsing.charset.mojibake import repair
from copytaster.parsing.parser import BadItem, Draft, Original
from copytaster.parsing.plain.furniture import cut_furniture
from copytaster.parsing.reading import ParsingReader

NOW = datetime(2024, 6, 1, tzinfo=UTC)

WORDS = st.text("abcdefghijklmnopqrstuvwxyzéñü", min_size=1, max_size=9)
SENTENCES = st.lists(WORDS, min_size=3, max_size=12).map(lambda words: f"The {' '.join(words)}.")
PARAGRAPHS = st.lists(SENTENCES, min_size=1, max_size=4).map(" ".join)
STORIES = st.lists(PARAGRAPHS, min_size=1, max_size=5).map("\n\n".join)
TAILS = st.sampled_from(
    ["Follow us on X", "ALSO ON EXAMPLE.COM", "Advertisement", "(Reporting by Ann Field)", "READ MORE: That", "###"]
)
GLUES = st.sampled_from(["", " ", "\n", "\n\n"])


@given(STORIES)
def test_a_text_without_furniture_is_unchanged(story: str) -> None:
    assert cut_furniture(story).text == story


@given(STORIES, st.lists(st.tuples(GLUES, TAILS), max_size=4))
def test_furniture_is_cut_back_to_the_story_and_cutting_twice_equals_cutting_once(
    story: str, tails: list[tuple[str, str]]
) -> None:
    furnished = story + "".join(("\n" if at else glue) + tail for at, (glue, tail) in enumerate(tails))

    once = cut_furniture(furnished).text

    assert once == story
    assert cut_furniture(once).text == once


@given(st.text())
def test_cutting_twice_equals_cutting_once_for_any_text(text: str) -> None:
    once = cut_furniture(text).text

    assert cut_furniture(once).text == once


@given(st.text(min_size=1), st.sampled_from(["utf-8", "utf-8-sig"]))
def test_utf_8_is_decoded_unchanged_except_for_control_codes_and_breaks(text: str, charset: str) -> None:
    printable = without_breaks(clean(text))
    assume(repair(printable) is None)  # a text may be generated that looks like mojibake

    assert decode(printable.encode(charset)).text == printable


@given(st.binary(max_size=400), st.sampled_from([b"", b"<!doctype html>", b"<p>", b"<?xml", b"{", b"Title\n\n"]))
def test_any_bytes_end_as_drafts_or_a_permanent_error(content: bytes, opening: bytes) -> None:
    original = Original(content=opening + content, name="any", now=NOW)

    # Anything but a permanent error is a bug, and fails this test by itself.
    with suppress(PermanentError):
        for reading in ParsingReader(default_parsers()).read(original):
            draft = reading.item
            if isinstance(draft, BadItem):
                continue
            assert draft.title.strip()
            assert draft.text.strip()
            assert "\x00" not in draft.text
            assert {"title", "text", "charset"} <= set(draft.provenance)


@given(SENTENCES, STORIES)
def test_a_clean_story_keeps_title_and_text(title: str, story: str) -> None:
    original = Original(content=f"{title}\n\n{story}\n".encode(), name="story.txt", now=NOW)

    [reading] = ParsingReader(default_parsers()).read(original)

    draft = reading.item
    assert isinstance(draft, Draft)
    assert (draft.title, draft.text) == (title, story)
