"""Mails whose structure is broken, attached mails in transfer encodings, and text in ``format=flowed``."""

from __future__ import annotations

import quopri
from base64 import b64encode, encodebytes
from datetime import UTC, datetime

import pytest

from copytaster.errors import RefusedError
from copytaster.model.disposition import Reason
from copytaster.parsing.builtin_parsers import default_parsers
from copytaster.parsing.mail.flowed import unwrapped
from copytaster.parsing.original import Original
from copytaster.parsing.parser import Draft
from copytaster.parsing.reading import ParsingReader, Reading

NOW = datetime(2026, 6, 1, tzinfo=UTC)
HEADERS = """From: Ulla Stein <ulla@weir.example>
To: desk@paper.example
Subject: Weir repaired
Date: Mon, 4 May 2026 08:15:00 +0200
Message-ID: <12@weir.example>
"""
WORDS = "The weir at Obermühle holds again, the water board said."
PART = f"--{{0}}\nContent-Type: text/plain; charset=utf-8\n\n{WORDS}\n"
PAGE = "--{0}\nContent-Type: text/html\n\n<p>The weir.</p>\n"
PARTS = PART + PAGE + "--{0}--\n"


def read(content: str | bytes, name: str = "weir.eml") -> list[Reading]:
    raw = content.encode() if isinstance(content, str) else content
    return list(ParsingReader(default_parsers()).read(Original(content=raw, name=name, now=NOW)))


def draft(content: str | bytes) -> Draft:
    [reading] = read(content)
    assert isinstance(reading.item, Draft), reading.item
    return reading.item


BROKEN = {
    "boundary not folded": "Content-Type: multipart/alternative;\nboundary=q1\n\n" + PARTS.format("q1"),
    "quoted boundary not folded": 'Content-Type: multipart/mixed;\nboundary="=_q 1"\n\n' + PARTS.format("=_q 1"),
    "two parameters not folded": 'Content-Type: multipart/related;\ntype="text/html";\nboundary=q1\n\n'
    + PARTS.format("q1"),
    "two types": "Content-Type: multipart/mixed; boundary=q1\nContent-Type: multipart/mixed; boundary=q2\n\n"
    + PARTS.format("q2"),
    "a text type before the type": "Content-Type: text/plain\nContent-Type: multipart/mixed; boundary=q2\n\n"
    + PARTS.format("q2"),
    "wrong boundary": "Content-Type: multipart/alternative; boundary=wrong\n\n" + PARTS.format("q1"),
    "missing boundary": "Content-Type: multipart/alternative\n\n" + PARTS.format("----=_Part_7"),
    "boundary without its hyphens": 'Content-Type: multipart/mixed; boundary="Part_7"\n\n' + PARTS.format("--Part_7"),
    "boundary in another case": "Content-Type: multipart/mixed; boundary=ABC\n\n" + PARTS.format("abc"),
    "no type, but parts": PARTS.format("q1"),
    "multipart by name only": f'Content-Type: multipart/alternative; boundary="q1"\n\n{WORDS}\n',
    "multipart without boundary, by name only": f"Content-Type: multipart/mixed\n\n{WORDS}\n",
    "multipart by name only, encoded": "Content-Type: multipart/mixed; boundary=q\n"
    "Content-Transfer-Encoding: base64\n\n" + encodebytes(WORDS.encode()).decode(),
    "a page that is multipart by name": "Content-Type: multipart/mixed; boundary=q\n\n"
    f"<html><body><p>{WORDS}</p></body></html>\n",
    "inner part with a wrong boundary": "Content-Type: multipart/mixed; boundary=q1\n\n--q1\n"
    "Content-Type: multipart/alternative; boundary=wrong\n\n" + PARTS.format("q2") + "--q1--\n",
    "no closing boundary": "Content-Type: multipart/mixed;\nboundary=q1\n\n" + PART.format("q1"),
}


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_the_words_of_a_mail_with_a_broken_structure_are_read(name: str, line_end: str) -> None:
    article = draft((HEADERS + "MIME-Version: 1.0\n" + BROKEN[name]).replace("\n", line_end))

    assert article.text.split("\n\n")[0] == WORDS
    assert article.title == "Weir repaired"
    assert article.guid == "12@weir.example"


def test_a_text_that_quotes_the_source_of_a_mail_stays_a_text() -> None:
    article = draft(HEADERS + "Content-Type: text/plain\n\nHere is the source:\n\n" + PARTS.format("q1"))

    assert article.text.startswith("Here is the source:")
    assert "--q1" in article.text


@pytest.mark.parametrize(
    "lead", ["\n\n", " \n\t\n", "\ufeff", "\ufeff\n", ">From ulla@weir.example Mon May\n", "From ulla\n"]
)
def test_a_mail_behind_blank_lines_or_a_separator_is_read(lead: str) -> None:
    readings = read(lead + HEADERS + f"MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n{WORDS}\n")

    assert [each.item.title for each in readings if isinstance(each.item, Draft)] == ["Weir repaired"]


@pytest.mark.parametrize(
    ("attached", "named"),
    [
        ('application/ms-tnef; name="winmail.dat"', "winmail.dat"),
        ("application/ms-tnef", "application/ms-tnef"),
        ('application/pdf; name="report.pdf"', "report.pdf"),
        ("image/png", "image/png"),
    ],
)
def test_a_mail_without_words_is_refused_with_the_names_of_what_was_attached(attached: str, named: str) -> None:
    empty = "--q\nContent-Type: text/plain\n\n\n"
    parts = f"{empty}--q\nContent-Type: {attached}\nContent-Transfer-Encoding: base64\n\neJ8=\n--q--\n"

    with pytest.raises(RefusedError) as caught:
        read(HEADERS + "Content-Type: multipart/mixed; boundary=q\n\n" + parts)

    assert caught.value.reason is Reason.NO_TEXT
    assert f"attached: {named}" in caught.value.message


INNER = (
    "From: Jan Mol <jan@dike.example>\nSubject: Dike raised\nDate: Sun, 3 May 2026 09:00:00 +0200\n"
    "Message-ID: <7@dike.example>\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n"
    "The dike at the café was raised by a metre, which is what the engineers of the board had asked for in March.\n"
)
ENCODED = {
    "base64": encodebytes(INNER.encode()).decode(),
    "BASE64": b64encode(INNER.encode()).decode(),
    "quoted-printable": quopri.encodestring(INNER.encode()).decode(),
    "8bit": INNER,
    "base64 by mistake": INNER,
}


@pytest.mark.parametrize("name", ENCODED)
@pytest.mark.parametrize(
    "media",
    ["message/rfc822", 'message/rfc822; name="f.eml"', "message/global", 'application/octet-stream; name="f.eml"'],
)
def test_an_attached_mail_is_decoded_and_read(name: str, media: str) -> None:
    if name == "base64 by mistake" and "octet-stream" in media:
        pytest.skip("for a file the transfer encoding is the only truth")
    coding = name.split(maxsplit=1)[0]
    part = f"--q\nContent-Type: {media}\nContent-Transfer-Encoding: {coding}\n\n{ENCODED[name]}\n--q--\n"

    article = draft(HEADERS + "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=q\n\n" + part)

    assert (article.title, article.guid) == ("Dike raised", "7@dike.example")
    assert article.text.startswith("The dike at the café was raised by a metre, which is")


def flowed(text: str, parameters: str = "format=flowed") -> str:
    article = draft(HEADERS + f"MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8; {parameters}\n\n{text}")
    return article.text


def test_lines_that_end_in_a_space_continue_and_others_end_a_paragraph() -> None:
    text = "The board met \non Monday.\nIt agreed \nto the \nplan.\n\nWork begins.\n"

    assert flowed(text) == "The board met on Monday.\n\nIt agreed to the plan.\n\nWork begins."


def test_the_space_of_delsp_is_deleted() -> None:
    assert flowed("水門は月曜日に \n再び開いた。\n", "format=flowed; delsp=yes") == "水門は月曜日に再び開いた。"
    assert flowed("The gate \nopened.\n", "Format=Flowed; DelSp=no") == "The gate opened."


@pytest.mark.parametrize(
    ("text", "paragraphs"),
    [
        ("He said: \n From here on \n>no quote\n", ["He said: From here on", "> no quote"]),
        ("> The union \n> asked.\n>> Earlier \n>> words.\nNew.\n", ["> The union asked.", ">> Earlier words.", "New."]),
        (">ends in a space \nNew text.\n", ["> ends in a space", "New text."]),
        (" > stuffed bracket\n", ["> stuffed bracket"]),
        ("A line \n\nafter a blank line.\n", ["A line", "after a blank line."]),
        ("-- \nUlla\n", ["--", "Ulla"]),
    ],
)
def test_quotes_and_stuffed_lines(text: str, paragraphs: list[str]) -> None:
    assert unwrapped(text, delete_space=False) == paragraphs


def test_a_text_that_is_only_declared_as_flowed_is_unwrapped_as_other_texts() -> None:
    assert flowed("The board met\non Monday.\n\nIt agreed.\n") == "The board met on Monday.\n\nIt agreed."


def test_the_signature_below_a_flowed_text_is_left_out() -> None:
    assert flowed("The board met \non Monday.\n-- \nUlla Stein\nWeir board\n") == "The board met on Monday."
