"""RTF: striprtf converts it to text; the properties, which striprtf skips, are read here."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from striprtf.striprtf import rtf_to_text

from copytaster.errors import PermanentError
from copytaster.model.disposition import Reason
from copytaster.parsing.charset.decoding import Decoded, clean, decode
from copytaster.parsing.documents.document_draft import Paragraph, add_authors, add_keywords, add_title
from copytaster.parsing.documents.rtf_markup import (
    documents,
    end_of_group,
    page_edges,
    readable,
    text_behind,
    without_binary,
)
from copytaster.parsing.draft_builder import DraftBuilder
from copytaster.parsing.original import HEAD_BYTES, Original
from copytaster.parsing.parser import BadItem, Draft
from copytaster.parsing.plain.text_fields import add_text
from copytaster.parsing.release_terms.opening import apply_page_terms

_SIGNATURE = b"{\\rtf"
_CODE_PAGE = re.compile(rb"\\ansicpg(\d{1,5})")
_CHARSET = {b"\\mac": "mac_roman", b"\\pca": "cp850", b"\\pc": "cp437"}
"""Older control words for charsets (RTF 1.9.1, Character Set)."""

_CODECS = {
    10000: "mac_roman", 10001: "cp932", 10002: "cp950", 10003: "cp949", 10004: "mac_arabic", 10006: "mac_greek",
    10007: "mac_cyrillic", 10008: "gb18030", 10010: "mac_romanian", 10029: "mac_latin2", 10079: "mac_iceland",
    10081: "mac_turkish", 20866: "koi8_r", 21866: "koi8_u", 51932: "euc_jp", 51949: "euc_kr", 54936: "gb18030",
    **{28590 + part: f"iso8859_{part}" for part in (*range(1, 12), 13, 14, 15, 16)},
}  # fmt: skip
"""Python's codecs for code pages of Windows that it does not know by their numbers."""

_PAGE_WORD = re.compile(r"\\ansicpg(\d{1,5})")

_INFO = re.compile(r"\{\\info\b")
_NUMBER = re.compile(r"\\(yr|mo|dy|hr|min)(\d{1,4})")

_HEX = re.compile(r"(?>(?:[0-9a-fA-F]{2}[\r\n]*+){128,})")
"""Pictures and embedded files in hexadecimal digits: they contain no text, and striprtf would process every digit."""

_FIELD = re.compile(r"(?=\{\\field\b)")
"""Start of a field. striprtf searches links line by line, in time quadratic in the length of a line; a newline before
each field shortens the lines, and newlines have no meaning in RTF."""

_PLAIN = re.compile(r"(?<!\\)(\\plain)(?![A-Za-z])[ ]?")
"""The word that ends all formatting, also the font: striprtf would decode what follows by the charset of that font."""

_LONGEST_INFO = 20_000
"""Characters of the properties that are read; only comments may be longer."""

_LONGEST_SHOWN = 60
"""Characters of unread text in a note."""


class RtfParser:
    """Reads RTF documents."""

    format = "rtf"

    def score(self, original: Original) -> float:
        """Return .95 for the signature."""
        return 0.95 if original.head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(_SIGNATURE) else 0.0

    def parse(self, original: Original) -> Iterator[Draft | BadItem]:
        """Yield one draft for each document; several may follow one another in a file.

        Raises ``PermanentError`` (``parse_failed``) for invalid control words in the only document. Costs about 2 µs a
        byte.
        """
        found = documents(without_binary(original.content))
        for number, content in enumerate(found, start=1):
            try:
                item: Draft | BadItem = _draft(content, original)
            except PermanentError as error:
                if len(found) == 1:
                    raise
                item = BadItem.of(f"document {number}", error)
            yield item


def rtf_paragraphs(content: bytes, name: str) -> tuple[list[str], Decoded]:
    """Return the paragraphs of the first document, and its decoding. Raises the errors of ``RtfParser.parse``."""
    first = documents(without_binary(content))[0]
    decoded, charset = _decoded(first)
    return _paragraphs(readable(decoded.text), charset, name), decoded


def _draft(content: bytes, original: Original) -> Draft:
    decoded, charset = _decoded(content)
    markup = readable(decoded.text)
    paragraphs = [Paragraph(line) for line in _paragraphs(markup, charset, original.name)]
    fields, properties = DraftBuilder(original.now), _properties(decoded.text, charset, original.name)
    rest = add_title(fields, properties.get("title", ""), paragraphs, "rtf")
    edges = (_plain(edge, charset, original.name) for edge in page_edges(markup))
    apply_page_terms(fields, edges, "rtf:page-header")
    add_text(fields, rest, "rtf:body", 0.9)
    add_authors(fields, properties.get("author", ""), "rtf:info/author", 0.5)
    for name, word in (("published_at", "creatim"), ("modified_at", "revtim")):
        fields.add_time(name, properties.get(word, ""), f"rtf:info/{word}", 0.5)
    add_keywords(fields, properties.get("keywords", ""), "rtf:info/keywords", 0.7)
    if any(map(str.isalnum, behind := text_behind(markup))):
        shown = behind if len(behind) <= _LONGEST_SHOWN else f"{behind[:_LONGEST_SHOWN]}…"
        fields.add_note(f"Not read: {shown!r} behind the end of the document.")
    return fields.draft(decoded, format_=RtfParser.format, name=original.name)


def _decoded(content: bytes) -> tuple[Decoded, str]:
    decoded = decode(content, _declared(content[:HEAD_BYTES]))
    # Codes are bytes of the declared charset, without one of Windows-1252 (RTF 1.9.1, Character Set).
    return decoded, decoded.charset if not decoded.charset.startswith("utf") else "cp1252"


def _paragraphs(markup: str, charset: str, name: str) -> list[str]:
    lines = (" ".join(line.strip().strip("|").split()) for line in _plain(markup, charset, name).split("\n"))
    return [line for line in lines if line]


def _declared(head: bytes) -> str | None:
    if page := _CODE_PAGE.search(head):
        number = int(page.group(1))
        return _CODECS.get(number, f"cp{number}")
    return next((charset for word, charset in _CHARSET.items() if word in head[:200]), None)


def _plain(markup: str, charset: str, name: str) -> str:
    markup = _PAGE_WORD.sub(_known_page, _FIELD.sub("\n", _HEX.sub("", markup)))
    markup = _PLAIN.sub(r"\1\\f ", markup)
    try:
        text = rtf_to_text(markup, encoding=charset, errors="replace")  # type: ignore[no-untyped-call]  # it has no types
    except (ValueError, TypeError, LookupError, OverflowError) as error:
        raise PermanentError(
            Reason.PARSE_FAILED,
            f"{name} has an invalid control word: {error}. Open it in a word processor and save it again.",
        ) from error
    # striprtf returns characters beyond the first plane as two surrogates.
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return clean(whole.replace("\xad", ""))


def _known_page(word: re.Match[str]) -> str:
    """Return the word of a code page, nothing if Python does not know the number: striprtf would read UTF-8."""
    try:
        codecs.lookup(f"cp{word.group(1)}")
    except LookupError:
        return ""
    return word.group()


def _properties(markup: str, charset: str, name: str) -> dict[str, str]:
    """Return the properties in the info group: text, and times in ISO 8601 without zone."""
    start = _INFO.search(markup)
    info = markup[start.start() : end_of_group(markup, start.start(), _LONGEST_INFO)] if start else ""
    properties: dict[str, str] = {}
    for word in ("title", "author", "keywords"):
        # Of a property in two forms (\\upr) the second one is in Unicode.
        if forms := [*re.finditer(rf"\{{(?:\\\*)?\\{word}\b ?", info)]:
            inner = info[forms[-1].end() : end_of_group(info, forms[-1].start()) - 1]
            properties[word] = _plain(f"{{\\rtf1 {inner}}}", charset, name).strip()
    for word in ("creatim", "revtim"):
        if found := re.search(rf"\{{\\{word}\b[^{{}}]*\}}", info):
            properties[word] = _moment(dict(_NUMBER.findall(found.group())))
    return properties


def _moment(numbers: dict[str, str]) -> str:
    if not {"yr", "mo", "dy"} <= numbers.keys():
        return ""
    day = f"{int(numbers['yr']):04}-{int(numbers['mo']):02}-{int(numbers['dy']):02}"
    return f"{day}T{int(numbers.get('hr', 0)):02}:{int(numbers.get('min', 0)):02}"
