from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import docx
import pypdfium2 as pdfium
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdfium2 import raw

from copytaster.errors import PermanentError
from copytaster.parsing.documents.docx import DocxParser
from copytaster.parsing.documents.markdown import MarkdownParser
from copytaster.parsing.documents.pdf import PdfParser
from copytaster.parsing.documents.rtf import RtfParser
from copytaster.parsing.mail.eml import MailParser
from copytaster.parsing.mail.mbox import MboxParser
from copytaster.parsing.mail.mhtml import MhtmlParser
from copytaster.parsing.original import Original
from copytaster.parsing.parser import Draft, Member, Parser

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def a_docx() -> bytes:
    document = docx.Document()
    document.add_heading("Ferry returns")
    document.add_paragraph("The ferry came back on Monday.")
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def a_pdf() -> bytes:
    document = pdfium.PdfDocument.new()
    page = document.new_page(300, 300)
    raw.FPDFPage_GenerateContent(page.raw)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


RTF = rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}{\info{\title Ferry}{\creatim\yr2026\mo5}}\u8222?T\'e4\par}"
MAIL = b"""From: =?utf-8?B?RsOkaHJl?= <a@example.org>
Date: Mon, 4 May 2026 08:15:00 +0200
Content-Type: multipart/mixed; boundary="b"
MIME-Version: 1.0

--b
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

Die F=E4hre f=E4hrt.
--b
Content-Type: text/html; charset="utf-8"; name*=utf-8''x%C3%A4.html
Content-Transfer-Encoding: base64
Content-Location: https://example.org/

PHA+VGV4dDwvcD4=
--b--
"""
MATTER = (
    b"---\ntitle: 'Ferry'\ndate: 2026-05-04\ntags: [a, {b: c}]\n---\n# Ferry\n\n*One* [two](x) `three` <b>four</b>\n"
)

SAMPLES: dict[str, tuple[bytes, Parser]] = {
    "docx": (a_docx(), DocxParser()),
    "pdf": (a_pdf(), PdfParser()),
    "rtf": (RTF, RtfParser()),
    "eml": (MAIL, MailParser(with_attachments=True)),
    "mbox": (b"From a@b.c Mon May  4 08:15:00 2026\n" + MAIL, MboxParser()),
    "mhtml": (MAIL, MhtmlParser()),
    "markdown": (MATTER, MarkdownParser()),
}

CHANGES = st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=6), st.integers(0, 6)), max_size=6)
"""Where, what is put there, and how many bytes it takes the place of."""


def changed(content: bytes, changes: list[tuple[float, bytes, int]], length: float) -> bytes:
    damaged = bytearray(content)
    for where, what, gone in changes:
        at = int(where * len(damaged))
        damaged[at : at + gone] = what
    return bytes(damaged[: int(len(damaged) * length)])


def read(parser: Parser, content: bytes) -> None:
    original = Original(content=content, name="story", now=NOW)
    assert 0 <= parser.score(original) <= 1
    for item in parser.parse(original):
        if isinstance(item, Draft):
            assert item.title
            assert item.text
            assert {"title", "text", "charset"} <= item.provenance.keys()
        if isinstance(item, Member):
            assert item.open().content is not None


@pytest.mark.parametrize("kind", SAMPLES)
def test_whatever_is_changed_or_cut_the_end_is_items_or_a_permanent_error(kind: str) -> None:
    sample, parser = SAMPLES[kind]

    @given(CHANGES, st.sampled_from([1.0, 1.0, 0.999, 0.9, 0.5, 0.1]))
    def check(changes: list[tuple[float, bytes, int]], length: float) -> None:
        with suppress(PermanentError):
            read(parser, changed(sample, changes, length))

    check()


def _markdown(text: str) -> bytes:
    return b"# T\n\n" + text.encode()


@given(st.text(), st.sampled_from([_markdown, lambda text: b"{\\rtf1 x" + text.encode("latin-1", "replace") + b"}"]))
def test_any_text_in_a_document_ends_in_items_or_a_permanent_error(text: str, wrap: Callable[[str], bytes]) -> None:
    content = wrap(text)

    with suppress(PermanentError):
        read(RtfParser() if content.startswith(b"{") else MarkdownParser(), content)
