"""Text and control codes in front of wire XML and behind it."""

from __future__ import annotations

import pytest

from copytaster.errors import RefusedError
from tests.unit.copytaster.parsing.wire.test_newsml_1 import component, newsml
from tests.unit.copytaster.parsing.wire.test_newsml_g2 import item
from tests.unit.copytaster.parsing.wire.xml_readings import draft

NITF = (
    "<nitf><body><body.head><hedline><hl1>Title</hl1></hedline></body.head>"
    "<body.content><p>One.</p></body.content></body></nitf>"
)
DOCUMENTS = {"newsml-1": newsml(component()), "newsml-g2": item(), "nitf": NITF}


@pytest.mark.parametrize("format_", DOCUMENTS)
@pytest.mark.parametrize("behind", ["\0\0\0", "\x1a", "\n\x1a\0NNNN\r\n", "\nNNNN", "end of transmission > 7"])
def test_a_document_with_text_or_control_codes_behind_it_is_read(format_: str, behind: str) -> None:
    found = draft(DOCUMENTS[format_] + behind)

    assert found.format == format_
    assert "behind the XML document" in (found.note or "")


@pytest.mark.parametrize("format_", DOCUMENTS)
@pytest.mark.parametrize("before", ["\x01\x02", "ZCZC ABC123\r\n\r\n", "\0\0", "PRIO 4\nLINE 7\n"])
@pytest.mark.parametrize("declaration", ["", "<?xml version='1.0'?>"])
def test_a_document_with_text_in_front_of_it_is_read(format_: str, before: str, declaration: str) -> None:
    assert draft(before + declaration + DOCUMENTS[format_]).format == format_


def test_removed_text_is_in_the_note() -> None:
    found = draft(f"ZCZC ABC123\n{NITF}\nNNNN\n")

    assert found.note == "Removed 'ZCZC ABC123' in front of the XML document. Removed 'NNNN' behind the XML document."


@pytest.mark.parametrize("behind", ["", "\n\n", "<!-- end -->\n", "<?done?>"])
def test_white_space_and_comments_behind_a_document_are_not_noted(behind: str) -> None:
    assert draft(NITF + behind).note is None


def test_a_second_document_behind_the_first_is_refused() -> None:
    with pytest.raises(RefusedError, match="not well-formed"):
        draft(NITF + NITF)


@pytest.mark.parametrize(
    ("written", "character"),
    [
        ("<endash/>", "\u2013"),
        ("<emdash />", "\u2014"),
        ("<ndash></ndash>", "\u2013"),
        ("<hellip/>", "\u2026"),
        ("<rsquo/>", "\u2019"),
        ("<eacute/>", "é"),
        ("&ndash;", "\u2013"),
    ],
)
def test_elements_that_name_a_character_become_it(written: str, character: str) -> None:
    assert draft(NITF.replace("One.", f"One {written} two.")).text == f"One {character} two."


@pytest.mark.parametrize("written", ["<br/>", "<num/>", "<location/>"])
def test_other_empty_elements_are_no_characters(written: str) -> None:
    assert draft(NITF.replace("One.", f"One{written} two.")).text == "One two."
