"""PDF with a text layer, read by pdfium: what is said comes from the page, what it is called from either."""

from __future__ import annotations

import re
from contextlib import closing
from typing import Any

import pypdfium2 as pdfium

from copytaster.errors import PermanentError, RefusedError
from copytaster.model.disposition import Reason
from copytaster.parsing.charset.decoding import CONFIDENCE, Decoded, How, clean
from copytaster.parsing.documents.document_draft import tell_keywords, tell_people, tell_title
from copytaster.parsing.documents.pdf_layout import paragraphs_of
from copytaster.parsing.documents.pdf_lines import Line, read_lines
from copytaster.parsing.draft_builder import DraftBuilder
from copytaster.parsing.original import Original
from copytaster.parsing.parser import Draft
from copytaster.parsing.plain.text_fields import add_text

MOST_PAGES = 500
"""A newspaper's issue has 120; reports that accompany news reach two or three hundred; a page takes up to 10 ms."""

LEAST_CHARACTERS = 15
"""Without spaces: what scanners stamp on a page has fewer than the shortest news."""

_MARK = b"%PDF-"
_NEAR = 1_024
"""Bytes from the start in which readers look for the mark."""

_PASSWORD = "password"  # noqa: S105 - a word of pdfium's message
_DATE = re.compile(r"(?:D:)?(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?(?:(Z)|([+-]\d\d)'?(\d\d)?)?")
_NO_TITLE = re.compile(
    r".*\.(?:docx?|indd|qxp|qxd|pdf|rtf|odt|pages|pub|txt|pptx?|xlsx?|tex|dvi|html?)|untitled.*|unbenannt.*|sans titre"
    r"|microsoft .* - .*|(?:presentation|document|dokument)\s*\d*|[\w-]*\d{4,}[\w-]*",
    re.IGNORECASE,
)
"""What programs put there by themselves: names of files and of nothing."""


class PdfParser:
    """Reads PDF documents; one without a text layer is refused rather than guessed at."""

    format = "pdf"

    def score(self, original: Original) -> float:
        """Return .95 for the signature, .9 where something stands before it."""
        head = original.head[:_NEAR]
        if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(_MARK):
            return 0.95
        return 0.2 if _MARK in head and original.has_extension(".pdf") else 0.0

    def parse(self, original: Original) -> list[Draft]:
        """Return one draft.

        Raises ``RefusedError``: ``encrypted`` where a password is needed, ``no_text`` without a text layer,
        ``too_large`` with more than ``MOST_PAGES`` pages. Costs 2 to 10 ms a page.
        """
        with closing(_opened(original)) as document:
            lines = _lines(document, original)
            properties = document.get_metadata_dict()
        if sum(len("".join(line.text.split())) for page in lines for line in page) < LEAST_CHARACTERS:
            raise RefusedError(
                Reason.NO_TEXT,
                f"{original.name} has {len(lines)} pages and no text layer: it is a scan or a picture. Run it through"
                " text recognition, or ask its sender for the text.",
            )
        return [_draft(lines, {name: clean(told) for name, told in properties.items()}, original)]


def _opened(original: Original) -> Any:
    try:
        return pdfium.PdfDocument(original.content)
    except pdfium.PdfiumError as error:
        if _PASSWORD in str(error).lower():
            raise RefusedError(
                Reason.ENCRYPTED,
                f"{original.name} is protected by a password: ask its sender for a copy without one.",
            ) from error
        raise PermanentError(
            Reason.PARSE_FAILED, f"{original.name} is damaged: {error} Ask its sender for it again."
        ) from error


def _lines(document: Any, original: Original) -> list[list[Line]]:
    if len(document) > MOST_PAGES:
        raise RefusedError(
            Reason.TOO_LARGE,
            f"{original.name} has {len(document):,} pages; up to {MOST_PAGES:,} are read. Split it and drop the parts.",
        )
    pages, left = [], original.limits.text_characters
    for number in range(len(document)):
        pages.append(_page(document, number))
        left -= sum(len(line.text) for line in pages[-1])
        if left < 0:  # the limit on texts speaks about it
            break
    return pages


def _page(document: Any, number: int) -> list[Line]:
    try:
        with closing(document[number]) as page, closing(page.get_textpage()) as text:
            return read_lines(text)
    except pdfium.PdfiumError:  # one broken page; the others may be whole
        return [Line("\ufffd", size=0, left=0, right=0, top=0, bottom=0)]


def _draft(pages: list[list[Line]], properties: dict[str, str], original: Original) -> Draft:
    fields = DraftBuilder(original.now)
    told = properties.get("Title", "").strip()
    rest = tell_title(fields, "" if _NO_TITLE.fullmatch(told) else told, paragraphs_of(pages), "pdf")
    add_text(fields, rest, "pdf:text-layer", 0.8)
    tell_people(fields, properties.get("Author", ""), "pdf:Author", 0.5)
    fields.add_time("published_at", _iso(properties.get("CreationDate")), "pdf:CreationDate", 0.5)
    fields.add_time("modified_at", _iso(properties.get("ModDate")), "pdf:ModDate", 0.5)
    tell_keywords(fields, properties.get("Keywords", ""), "pdf:Keywords", 0.7)
    decoded = Decoded("", "utf-16-be", How.DECLARED, CONFIDENCE[How.DECLARED])
    return fields.draft(decoded, format_=PdfParser.format, name=original.name)


def _iso(told: str | None) -> str:
    """Return a date as ISO 8601 prints it (ISO 32000, 7.9.4 is without separators); empty where it is none."""
    match = _DATE.match(told or "")
    if not match:
        return ""
    year, month, day, hour, minute, second, utc, hours, minutes = match.groups()
    if hour is None:
        return f"{year}-{month}-{day}"
    zone = "Z" if utc else f"{hours}:{minutes or '00'}" if hours else ""
    return f"{year}-{month}-{day}T{hour}:{minute}:{second or '00'}{zone}"
