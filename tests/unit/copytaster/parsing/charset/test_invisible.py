# ruff: noqa: RUF001 - the texts are in other scripts
"""Invisible characters are removed from words, and stay where a script or a picture needs them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from copytaster.dedup.normalise import text_hash
from copytaster.parsing.builtin_parsers import default_parsers
from copytaster.parsing.charset.invisible import hidden_data, visible
from copytaster.parsing.original import Original
from copytaster.parsing.parser import Draft
from copytaster.parsing.reading import ParsingReader

NOW = datetime(2026, 6, 1, tzinfo=UTC)
IGNORABLE = "\u00ad\u200b\u200c\u200d\u2060\u2063\u206a\ufeff\u034f\ufe0f\ufe00\U000e0101"
IGNORABLE += "\u200e\u200f\u202e\u2066\u3164\u180e\u115f"


def selectors(content: bytes) -> str:
    return "".join(chr(0xFE00 + byte) if byte < 16 else chr(0xE0100 + byte - 16) for byte in content)


def draft(content: str, name: str = "lock.txt") -> Draft:
    [reading] = ParsingReader(default_parsers()).read(Original(content=content.encode(), name=name, now=NOW))
    assert isinstance(reading.item, Draft), reading.item
    return reading.item


@pytest.mark.parametrize("character", IGNORABLE)
@pytest.mark.parametrize(
    "word", ["gov{}ernment", "government{}", "{}government", "Ver{}ordnung", "прави{}тельство", "政{}府は"]
)
def test_words_have_no_invisible_characters(character: str, word: str) -> None:
    if "政" in word and character in "\ufe0f\ufe00\U000e0101":
        pytest.skip("ideographs have variants")

    assert visible(word.format(character)) == word.format("")


@pytest.mark.parametrize(
    "text",
    [
        "می\u200cخواهم",
        "نامه\u200cای",
        "هـ\u200d",
        "क्\u200dष",
        "ශ්\u200dරී",
        "ര്\u200d",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467",
        "\u2764\ufe0f",
        "\U0001f3f3\ufe0f\u200d\U0001f308",
        "1\ufe0f\u20e3",
        "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "\u845b\U000e0100\u57ce",
        "\u2a9d\ufe00",
        "\u1820\u180b",
        "של\u200fום",
        "\u2067שלום\u2069 abc",
    ],
)
def test_scripts_and_emoji_keep_what_they_need(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\u202etxt.exe", "atxt.exe"),
        ("\u2066left to right\u2069", "left to right"),
        ("\u2067שלום", "שלום"),
        ("\u202bשלום\u202c", "\u202bשלום\u202c"),
        ("\u202eשלום\u202c", "שלום"),
        ("a\U000e0041\U000e0042", "a"),
        ("a\ufe0e\ufe0f b", "a b"),
    ],
)
def test_other_uses_are_removed(text: str, shown: str) -> None:
    assert visible(text) == shown


FORMATS = {
    "lock.txt": "{0}\n\n{1}\n",
    "lock.md": "# {0}\n\n{1}\n",
    "lock.json": '{{"title": "{0}", "text": "{1}", "tags": ["{0}"]}}',
    "lock.eml": "From: a@b.example\nSubject: {0}\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n{1}\n",
    "lock.rss": "<rss version='2.0'><channel><title>T</title><item><title>{0}</title><description>{1}</description>"
    "</item></channel></rss>",
    "lock.nitf": "<nitf><head/><body><body.head><hedline><hl1>{0}</hl1></hedline></body.head><body.content><p>{1}</p>"
    "</body.content></body></nitf>",
    "lock.html": "<html><head><title>{0}</title></head><body><article><h1>{0}</h1><p>{1}</p></article></body></html>",
}
TITLE = "Gov{0}ernment re{0}opens lock"
TEXT = "The min{0}is{0}ter said on Tues{0}day that the lock opens again, which the towns had asked for since the flood."


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("character", ["\u00ad", "\u200b", "\u2060", "\u200c", "\ufeff"])
def test_copies_with_and_without_invisible_characters_are_equal(name: str, character: str) -> None:
    plain, marked = (
        draft(FORMATS[name].format(TITLE.format(each), TEXT.format(each)), name) for each in ("", character)
    )

    assert (marked.title, marked.text, marked.keywords) == (plain.title, plain.text, plain.keywords)
    assert plain.title == TITLE.format("")


@pytest.mark.parametrize("reference", ["&shy;", "&#173;", "&#xad;", "&#8203;", "&ZeroWidthSpace;"])
def test_references_are_removed_too(reference: str) -> None:
    found = draft(FORMATS["lock.html"].format(TITLE.format(reference), TEXT.format(reference)), "lock.html")

    assert (found.title, found.text) == (TITLE.format(""), TEXT.format(""))


def test_joiners_do_not_distinguish_copies() -> None:
    assert text_hash("t", "می\u200cخواهم بروم") == text_hash("t", "میخواهم بروم")
    assert text_hash("t", "Gov\u00adern\u200bment") == text_hash("t", "Government")


@pytest.mark.parametrize("lead", ["", "\ufeff"])
def test_a_c2pa_manifest_is_removed_and_named(lead: str) -> None:
    manifest = lead + selectors(b"C2PATXT\0" + bytes(range(256)))

    found = draft(f"Lock opened\n\nThe lock opened on Monday.{manifest}\n")

    assert found.text == "The lock opened on Monday."
    assert found.note is not None
    assert "a C2PA manifest" in found.note
    assert found.provenance["note"].from_ == "text:variation-selectors"


def test_other_data_in_variation_selectors_is_removed_and_named() -> None:
    assert hidden_data("a" + selectors(b"some secret")) == "11 bytes of unknown data"
    assert visible("a" + selectors(b"some secret")) == "a"
    assert draft(f"Lock{selectors(b'some secret')} opened\n\nIt opened.\n").title == "Lock opened"
