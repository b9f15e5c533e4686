"""RTF: striprtf makes text of it; the properties that it passes over are read here."""

from __future__ import annotations

import re

from striprtf.striprtf import rtf_to_text

from copytaster.errors import PermanentError
from copytaster.model.disposition import Reason
from copytaster.parsing.charset.decoding import Decoded, clean, decode
from copytaster.parsing.documents.document_draft import Paragraph, tell_keywords, tell_people, tell_title
from copytaster.parsing.draft_builder import DraftBuilder
from copytaster.parsing.original import HEAD_BYTES, Original
from copytaster.parsing.parser import Draft
from copytaster.parsing.plain.text_fields import add_text

_MARK = b"{\\rtf"
_CODE_PAGE = re.compile(rb"\\ansicpg(\d{1,5})")
_CHARSET = {b"\\mac": "mac_roman", b"\\pca": "cp850", b"\\pc": "cp437"}
"""The older control words for a charset, after the specification (RTF 1.9.1, Character Set)."""

_INFO = re.compile(r"\{\\info\b")
_NUMBER = re.compile(r"\\(yr|mo|dy|hr|min)(\d{1,4})")
_BRACES = re.compile(r"\\[\\{}]|[{}]")

_HEX = re.compile(r"(?:[0-9a-fA-F]{2}[\r\n]*+){128,}+")
"""Pictures and embedded files, written out: nothing in them is text, and striprtf would look at every digit."""

_FIELD = re.compile(r"(?=\{\\field\b)")
"""striprtf looks for links line by line, in time that grows with a line's square; where lines end means nothing."""

_LONGEST_INFO = 20_000
"""Characters of properties; comments may be long, and all else is short."""


class RtfParser:
    """Reads RTF documents."""

    format = "rtf"

    def score(self, original: Original) -> float:
        """Return .95 for the signature."""
        return 0.95 if original.head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(_MARK) else 0.0

    def parse(self, original: Original) -> list[Draft]:
        """Return one draft. Raises ``PermanentError`` (``parse_failed``) for control words that mean nothing.

        Costs about 2 µs a byte.
        """
        content = original.content
        decoded = decode(content, _declared(content[:HEAD_BYTES]))
        text = _plain(decoded.text, decoded.charset, original.name)
        fields, told = DraftBuilder(original.now), _properties(decoded, original.name)
        lines = (" ".join(line.strip().strip("|").split()) for line in text.split("\n"))
        paragraphs = [Paragraph(line) for line in lines if line]
        rest = tell_title(fields, told.get("title", ""), paragraphs, "rtf")
        add_text(fields, rest, "rtf:body", 0.9)
        tell_people(fields, told.get("author", ""), "rtf:info/author", 0.5)
        for name, word in (("published_at", "creatim"), ("modified_at", "revtim")):
            fields.add_time(name, told.get(word, ""), f"rtf:info/{word}", 0.5)
        tell_keywords(fields, told.get("keywords", ""), "rtf:info/keywords", 0.7)
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
            f"{name} has a control word that means nothing: {error}. Open it in a word processor and save it again.",
        ) from error
    # Characters beyond the first plane come as two halves.
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return clean(whole.replace("\xad", ""))


def _properties(decoded: Decoded, name: str) -> dict[str, str]:
    """Return what the group for information tells: words as text, times in ISO 8601 without zone."""
    start = _INFO.search(decoded.text)
    info = _group(decoded.text, start.start()) if start else ""
    told: dict[str, str] = {}
    for word in ("title", "author", "keywords"):
        if found := re.search(rf"\{{(?:\\\*)?\\{word}\b ?", info):
            inner = _group(info, found.start())[len(found.group()) : -1]
            told[word] = _plain(f"{{\\rtf1 {inner}}}", decoded.charset, name).strip()
    for word in ("creatim", "revtim"):
        if found := re.search(rf"\{{\\{word}\b[^{{}}]*\}}", info):
            told[word] = _moment(dict(_NUMBER.findall(found.group())))
    return told


def _group(text: str, start: int) -> str:
    """Return the group that begins at ``start``, as far as it goes."""
    depth = 0
    for brace in _BRACES.finditer(text, start, start + _LONGEST_INFO):
        depth += {"{": 1, "}": -1}.get(brace.group(), 0)
        if not depth and brace.group() == "}":
            return text[start : brace.end()]
    return ""


def _moment(told: dict[str, str]) -> str:
    if not {"yr", "mo", "dy"} <= told.keys():
        return ""
    day = f"{int(told['yr']):04}-{int(told['mo']):02}-{int(told['dy']):02}"
    return f"{day}T{int(told.get('hr', 0)):02}:{int(told.get('min', 0)):02}"
