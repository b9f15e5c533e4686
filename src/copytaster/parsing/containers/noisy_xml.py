"""XML documents behind warnings of the program that wrote them, or behind HTTP headers; the document is a member."""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections.abc import Iterator
from functools import partial

from copytaster.parsing.charset.decoding import peek
from copytaster.parsing.original import HEAD_BYTES, Original
from copytaster.parsing.parser import Member
from copytaster.parsing.sniffing import mail_headers

_MAX_NOISE = 16_384
"""Characters in front of the document: some hundred warnings."""

_MAX_REST = 4_096
"""Characters behind the document, for warnings at the program's end."""

_DECLARATION = re.compile(r"<\?xml\s", re.IGNORECASE)
_KNOWN_ROOT = re.compile(
    r"<(?:(?:rss|nitf|newsml|newsitem|newsmessage|packageitem)\b|(?:feed|(?:rdf:)?rdf)\s[^>]*xmlns)", re.IGNORECASE
)
_ROOT = re.compile(
    r"\s*(?:(?:<\?[^>]*>|<!--.*?-->|<!doctype[^>\[]*(?:\[[^\]]*\]\s*)?>)\s*)*<([a-z_][\w:.-]*)",
    re.IGNORECASE | re.DOTALL,
)

_WARNING = re.compile(
    r"\b(?:warning|notice|deprecated|fatal|error|exception|strict standards|traceback|debug|on line \d+)\b"
    r"|\bhttp/\d|^[a-z][a-z-]*:[ \t]|^#\d+ |stack trace|thrown in|/\S+\.\w+[:(]\d",
    re.IGNORECASE,
)
"""A line of a warning, of a stack trace, or of HTTP headers."""

_TAG = re.compile(r"<[^>]*>")
_OPENING = re.compile(r"<([a-z_][\w:.-]*)", re.IGNORECASE)
_CLOSING = re.compile(r"</([a-z_][\w:.-]*)", re.IGNORECASE)
_SHORT = 40
"""Characters of other noise in one line, such as stray bytes of a template."""

_NO_NOISE = re.compile(r"<(?:!doctype|html|head|body|article|pre|code)\b|```|^\s*[\[{]\s*[\"\[{]", re.IGNORECASE)
"""Marks of documents that contain XML as text or as one of their values."""

_MAIL = frozenset(["from", "to", "subject", "received", "message-id", "mime-version"])


class NoisyXmlParser:
    """Reads XML documents that do not begin at the beginning of their file."""

    format = "noisy-xml"

    def score(self, original: Original) -> float:
        """Return .93 for a document behind noise; more than that of a page or a mail, whose beginning noise may be."""
        return 0.93 if _document(original) else 0.0

    def parse(self, original: Original) -> Iterator[Member]:
        """Yield the document without the noise around it."""
        if found := _document(original):
            content = original.content
            end = content.rfind(b">", 0, len(content) - found[1]) + 1
            yield Member("the document", partial(original.member, "document.xml", content[found[0] : end]))


def _document(original: Original) -> tuple[int, int] | None:
    """Return the bytes in front of and behind the document; None if there is no noise in front of it."""
    head = original.head_text
    start = _start(head)
    if start is None or _MAIL.intersection(mail_headers(head)):
        return None
    root = _ROOT.match(head, start)
    if root is None or root.group(1).lower() == "html":
        return None
    tail = peek(original.tail, HEAD_BYTES)
    closing = tail.rfind(f"</{root.group(1)}")
    rest = len(tail) - closing
    if closing < 0 or rest > _MAX_REST:
        return None
    behind = tail[closing:].partition(">")[2]
    if {*_OPENING.findall(head, 0, start)} & {*_CLOSING.findall(behind)}:  # an envelope around the document
        return None
    # The offsets are those of characters; only a mark of UTF-8 may have been left out.
    skipped = len(original.head) - len(head)
    return (start + skipped, len(behind)) if skipped in {0, len(BOM_UTF8)} else None


def _start(head: str) -> int | None:
    """Return where the document begins; None if it begins the file, or if the text in front of it is no noise."""
    found = _DECLARATION.search(head, 0, _MAX_NOISE) or _KNOWN_ROOT.search(head, 0, _MAX_NOISE)
    noise = head[: found.start()] if found else ""
    if found is None or not noise.strip() or _NO_NOISE.search(noise):
        return None
    return found.start() if _is_noise(noise) else None


def _is_noise(text: str) -> bool:
    """Say whether it is a few stray characters, or mostly lines of warnings or headers; prose on errors is not."""
    lines = [line for line in _TAG.sub(" ", text).split("\n") if line.strip()]
    if len(lines) <= 1 and len(text.strip()) <= _SHORT:
        return True
    return 2 * sum(bool(_WARNING.search(line.strip())) for line in lines) >= len(lines)
