"""Release terms in the headers, footers and titles of documents, which are no text of the article."""

from __future__ import annotations

import ctypes
import io
from datetime import UTC, datetime

import docx
import pypdfium2 as pdfium
import pytest
from pypdfium2 import raw

from copytaster.model.article import ArticleStatus
from copytaster.parsing.builtin_parsers import default_parsers
from copytaster.parsing.original import Original
from copytaster.parsing.parser import Draft
from copytaster.parsing.reading import ParsingReader

NOW = datetime(2026, 6, 1, tzinfo=UTC)
END = datetime(2026, 6, 10, 5, tzinfo=UTC)

TITLE = "Ferry returns to Skerry Bay"
FIRST = "The ferry came back on Monday after two weeks in dock."
SECOND = "It had lost a propeller on a rock that no map shows."


def draft(content: bytes, name: str) -> Draft:
    [reading] = ParsingReader(default_parsers()).read(Original(content=content, name=name, now=NOW))
    assert isinstance(reading.item, Draft), reading.item
    return reading.item


def as_docx(*edge: str, footer: bool = False) -> bytes:
    made = docx.Document()
    for text in (TITLE, FIRST, SECOND):
        made.add_paragraph(text)
    section = made.sections[0]
    for line in edge:
        (section.footer if footer else section.header).add_paragraph(line)
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def as_docx_with_a_footer(*edge: str) -> bytes:
    return as_docx(*edge, footer=True)


def as_rtf(*edge: str, word: str = "header") -> bytes:
    lines = r"\par ".join(edge).replace("\t", r"\tab ")
    return rf"{{\rtf1\ansi{{\{word} \pard {lines}\par}} {TITLE}\par {FIRST}\par {SECOND}\par}}".encode()


def as_rtf_with_a_first_footer(*edge: str) -> bytes:
    return as_rtf(*edge, word="footerf")


def as_pdf(*edge: str) -> bytes:
    document = pdfium.PdfDocument.new()
    for number, text in enumerate((FIRST, SECOND), start=1):
        page = document.new_page(595, 842)
        lines = [(words, 8, 800 - 10 * at) for at, words in enumerate(edge)]
        for words, size, height in (*lines, (TITLE, 24, 740), (text, 11, 700), (str(number), 8, 30)):
            line = raw.FPDFPageObj_NewTextObj(document.raw, b"Helvetica", size)
            encoded = ctypes.create_string_buffer(words.encode("utf-16-le") + b"\0\0")
            raw.FPDFText_SetText(line, ctypes.cast(encoded, raw.FPDF_WIDESTRING))
            raw.FPDFPageObj_Transform(line, 1, 0, 0, 1, 70, height)
            raw.FPDFPage_InsertObject(page.raw, line)
        raw.FPDFPage_GenerateContent(page.raw)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


FORMS = {
    "a.docx": as_docx,
    "footer.docx": as_docx_with_a_footer,
    "a.rtf": as_rtf,
    "footer.rtf": as_rtf_with_a_first_footer,
    "a.pdf": as_pdf,
}


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize(
    "edge",
    [
        ("EMBARGOED UNTIL 10 JUNE 2026 06:00 BST",),
        ("Skerry Council", "Embargoed until 10 June 2026, 06:00 BST"),
        ("Skerry Council \u2013 Embargoed until 10 June 2026, 06:00 BST",),
        ("Strictly embargoed until", "10 June 2026 06:00 BST"),
    ],
)
def test_an_embargo_at_the_edge_of_the_pages_is_obeyed(name: str, edge: tuple[str, ...]) -> None:
    article = draft(FORMS[name](*edge), name)

    assert article.embargoed_until == END
    assert "mbargo" not in article.title + article.text


@pytest.mark.parametrize("name", ["a.docx", "a.rtf"])
def test_an_embargo_between_tabs_in_a_header_is_obeyed(name: str) -> None:
    article = draft(FORMS[name]("Skerry Council\tEmbargoed until 10 June 2026, 06:00 BST\tPage 1"), name)

    assert article.embargoed_until == END


@pytest.mark.parametrize("style", ["Title", "Heading 1", None])
def test_an_embargo_behind_a_headline_is_obeyed(style: str | None) -> None:
    made = docx.Document()
    made.add_paragraph(f"{TITLE} \u2013 embargoed until 10 June 2026, 06:00 BST", style=style)
    made.add_paragraph(FIRST)
    file = io.BytesIO()
    made.save(file)

    article = draft(file.getvalue(), "a.docx")

    assert (article.title, article.embargoed_until) == (TITLE, END)


def test_an_embargo_in_the_title_property_is_obeyed() -> None:
    made = docx.Document(io.BytesIO(as_docx()))
    made.core_properties.title = "EMBARGOED UNTIL 10 JUNE 2026 06:00 BST: Ferry returns"
    file = io.BytesIO()
    made.save(file)

    article = draft(file.getvalue(), "a.docx")

    assert (article.title, article.embargoed_until) == ("Ferry returns", END)


@pytest.mark.parametrize("name", FORMS)
def test_an_embargo_without_a_time_at_the_edge_of_the_pages_withholds(name: str) -> None:
    assert draft(FORMS[name]("EMBARGOED"), name).status is ArticleStatus.WITHHELD


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("edge", ["Skerry Gazette, 4 May 2026", "Embargo on oil until 2027", "Press office, page 1"])
def test_other_words_at_the_edge_of_the_pages_say_nothing_about_the_article(name: str, edge: str) -> None:
    article = draft(FORMS[name](edge), name)

    assert (article.status, article.embargoed_until, article.note) == (ArticleStatus.USABLE, None, None)
    assert edge not in article.text
