"""RTF: striprtf converts it to text; the properties, which striprtf skips, are read here."""

from __future__ import annotations

import re

from striprtf.striprtf import rtf_to_text

from copytaster.errors import PermanentError
from copytaster.model.disposition import Reason
from copytaster.parsing.charset.decoding import Decoded, clean, decode
from copytaster.parsing.documents.document_draft import Paragraph, add_authors, add_keywords, add_title
from copytaster.parsing.draft_builder import DraftBuilder
from copytaster.parsing.original import HEAD_BYTES, Original
from copytaster.parsing.parser import Draft
from copytaster.parsing.plain.text_fields import add_text

_SIGNATURE = b"{\\rtf"
_CODE_PAGE = re.compile(rb"\\ansicpg(\d{1,5})")
_CHARSET = {b"\\mac": "mac_roman", b"\\pca": "cp850", b"\\pc": "cp437"}
"""Older control words for charsets (RTF 1.9.1, Character Set)."""

_INFO = re.compile(r"\{\\info\b")
_NUMBER = re.compile(r"\\(yr|mo|dy|hr|min)(\d{1,4})")
_BRACES = re.compile(r"\\[\\{}]|[{}]")

_HEX = re.compile(r"(?:[0-9a-fA-F]{2}[\r\n]*+){128,}+")
"""Pictures and embedded files in hexadecimal digits: they contain no text, and striprtf would process every digit."""

_FIELD = re.compile(r"(?=\{\\field\b)")
"""Start of a field. striprtf searches links line by line, in time quadratic in the length of a line; a newline before
each field shortens the lines, and newlines have no meaning in RTF."""

_LONGEST_INFO = 20_000
"""Characters of the properties that are read; only comments may be longer."""


class RtfParser:
    """Reads RTF documents."""

    format = "rtf"

    def score(self, original: Original) -> float:
        """Return .95 for the signature."""
        return 0.95 if original.head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(_SIGNATURE) else 0.0

    def parse(self, original: Original) -> list[Draft]:
        """Return one draft. Raises ``PermanentError`` (``parse_failed``) for invalid control words.

        Costs about 2 µs a byte.
        """
        content = original.content
        decoded = decode(content, _declared(content[:HEAD_BYTES]))
        text = _plain(decoded.text, decoded.charset, original.name)
        fields, properties = DraftBuilder(original.now), _properties(decoded, original.name)
        lines = (" ".join(line.strip().strip("|").split()) for line in text.split("\n"))
        paragraphs = [Paragraph(line) for line in lines if line]
        rest = add_title(fields, properties.get("title", ""), paragraphs, "rtf")
        add_text(fields, rest, "rtf:body", 0.9)
        add_authors(fields, properties.get("author", ""), "rtf:info/author", 0.5)
        for name, word in (("published_at", "creatim"), ("modified_at", "revtim")):
            fields.add_time(name, properties.get(word, ""), f"rtf:info/{word}", 0.5)
        add_keywords(fields, properties.get("keywords", ""), "rtf:info/keywords", 0.7)
        return [fields.draft(decoded, format_=self.format, name=original.name)]


def _declared(head: bytes) -> str | None:
    if page := _CODE_PAGE.search(head):
        return f"cp{int(page.group(1))}"
    return next((charset for word, charset in _CHARSET.items() if word in head[:200]), None)


def _plain(markup: str, charset: str, name: str) -> str:
    markup = _FIELD.sub("\n", _HEX.sub("", markup))
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


def _properties(decoded: Decoded, name: str) -> dict[str, str]:
    """Return the properties in the info group: text, and times in ISO 8601 without zone."""
    start = _INFO.search(decoded.text)
    info = _group(decoded.text, start.start()) if start else ""
    properties: dict[str, str] = {}
    for word in ("title", "author", "keywords"):
        if found := re.search(rf"\{{(?:\\\*)?\\{word}\b ?", info):
            inner = _group(info, found.start())[len(found.group()) : -1]
            properties[word] = _plain(f"{{\\rtf1 {inner}}}", decoded.charset, name).strip()
    for word in ("creatim", "revtim"):
        if found := re.search(rf"\{{\\{word}\b[^{{}}]*\}}", info):
            properties[word] = _moment(dict(_NUMBER.findall(found.group())))
    return properties


def _group(text: str, start: int) -> str:
    """Return the group that begins at ``start``; empty if it is not closed within ``_LONGEST_INFO`` characters."""
    depth = 0
    for brace in _BRACES.finditer(text, start, start + _LONGEST_INFO):
        depth += {"{": 1, "}": -1}.get(brace.group(), 0)
        if not depth and brace.group() == "}":
            return text[start : brace.end()]
    return ""


def _moment(numbers: dict[str, str]) -> str:
    if not {"yr", "mo", "dy"} <= numbers.keys():
        return ""
    day = f"{int(numbers['yr']):04}-{int(numbers['mo']):02}-{int(numbers['dy']):02}"
    return f"{day}T{int(numbers.get('hr', 0)):02}:{int(numbers.get('min', 0)):02}"
