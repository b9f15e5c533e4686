"""PDF with a text layer, read by pdfium: the text comes from the pages, the title from pages or properties."""

from __future__ import annotations

import re
from contextlib import closing
from typing import Any

import pypdfium2 as pdfium

from copytaster.errors import PermanentError, RefusedError
from copytaster.model.disposition import Reason
from copytaster.parsing.charset.decoding import CONFIDENCE, Decoded, How, clean
from copytaster.parsing.documents.document_draft import add_authors, add_keywords, add_title
from copytaster.parsing.documents.pdf_layout import paragraphs_of, running_heads
from copytaster.parsing.documents.pdf_lines import Line, read_lines
from copytaster.parsing.draft_builder import DraftBuilder
from copytaster.parsing.original import Original
from copytaster.parsing.parser import Draft
from copytaster.parsing.plain.text_fields import add_text
from copytaster.parsing.release_terms.opening import apply_page_terms

MAX_PAGES = 500
"""An issue of a newspaper has 120 pages, reports that accompany news two or three hundred. A page takes up to 10 ms."""

MIN_CHARACTERS = 15
"""Without spaces; the stamp that a scanner adds to a page has fewer characters than the shortest news."""

_SIGNATURE = b"%PDF-"
_SIGNATURE_WITHIN = 1_024
"""Bytes from the start in which PDF readers search for the signature."""

_PASSWORD = "password"  # noqa: S105 - part of pdfium's error message
_DATE = re.compile(r"(?:D:)?(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?(?:(Z)|([+-]\d\d)'?(\d\d)?)?")


class PdfParser:
    """Reads PDF documents; a document without a text layer is refused."""

    format = "pdf"

    def score(self, original: Original) -> float:
        """Return .95 for the signature at the start, .2 for a later one in a file named as PDF."""
        head = original.head[:_SIGNATURE_WITHIN]
        if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(_SIGNATURE):
            return 0.95
        return 0.2 if _SIGNATURE in head and original.has_extension(".pdf") else 0.0

    def parse(self, original: Original) -> list[Draft]:
        """Return one draft.

        Raises ``RefusedError``: ``encrypted`` where a password is needed, ``no_text`` without a text layer,
        ``too_large`` with more than ``MAX_PAGES`` pages. Costs 2 to 10 ms a page.
        """
        with closing(_opened(original)) as document:
            lines = _lines(document, original)
            properties = document.get_metadata_dict()
        if sum(len("".join(line.text.split())) for page in lines for line in page) < MIN_CHARACTERS:
            raise RefusedError(
                Reason.NO_TEXT,
                f"{original.name} has {len(lines)} pages and no text layer: it is a scan or a picture. Run it through"
                " text recognition, or ask the sender for the text.",
            )
        return [_draft(lines, {name: clean(value) for name, value in properties.items()}, original)]


def _opened(original: Original) -> Any:
    try:
        return pdfium.PdfDocument(original.content)
    except pdfium.PdfiumError as error:
        if _PASSWORD in str(error).lower():
            raise RefusedError(
                Reason.ENCRYPTED,
                f"{original.name} is protected by a password: ask the sender for a copy without one.",
            ) from error
        raise PermanentError(
            Reason.PARSE_FAILED, f"{original.name} is damaged: {error} Ask the sender for it again."
        ) from error


def _lines(document: Any, original: Original) -> list[list[Line]]:
    if len(document) > MAX_PAGES:
        raise RefusedError(
            Reason.TOO_LARGE,
            f"{original.name} has {len(document):,} pages; the limit is {MAX_PAGES:,}. Split it and drop the parts.",
        )
    pages, remaining = [], original.limits.text_characters
    for number in range(len(document)):
        pages.append(_page(document, number))
        remaining -= sum(len(line.text) for line in pages[-1])
        if remaining < 0:  # the reader refuses the text later, because it exceeds the limit
            break
    return pages


def _page(document: Any, number: int) -> list[Line]:
    try:
        with closing(document[number]) as page, closing(page.get_textpage()) as text:
            return read_lines(text)
    except pdfium.PdfiumError:  # one damaged page; the others may be intact
        return [Line("\ufffd", size=0, left=0, right=0, top=0, bottom=0)]


def _draft(pages: list[list[Line]], properties: dict[str, str], original: Original) -> Draft:
    fields = DraftBuilder(original.now)
    rest = add_title(fields, properties.get("Title", ""), paragraphs_of(pages), "pdf")
    apply_page_terms(fields, running_heads(pages), "pdf:running-head")
    add_text(fields, rest, "pdf:text-layer", 0.8)
    add_authors(fields, properties.get("Author", ""), "pdf:Author", 0.5)
    fields.add_time("published_at", _iso(properties.get("CreationDate")), "pdf:CreationDate", 0.5)
    fields.add_time("modified_at", _iso(properties.get("ModDate")), "pdf:ModDate", 0.5)
    add_keywords(fields, properties.get("Keywords", ""), "pdf:Keywords", 0.7)
    decoded = Decoded("", "utf-16-be", How.DECLARED, CONFIDENCE[How.DECLARED])
    return fields.draft(decoded, format_=PdfParser.format, name=original.name)


def _iso(pdf_date: str | None) -> str:
    """Return a date of PDF (ISO 32000, 7.9.4: without separators) in ISO 8601; empty if it is not a date."""
    match = _DATE.match(pdf_date or "")
    if not match:
        return ""
    year, month, day, hour, minute, second, utc, hours, minutes = match.groups()
    if hour is None:
        return f"{year}-{month}-{day}"
    zone = "Z" if utc else f"{hours}:{minutes or '00'}" if hours else ""
    return f"{year}-{month}-{day}T{hour}:{minute}:{second or '00'}{zone}"
