"""RTF: a complete document closes every group."""

from __future__ import annotations

import re

from copytaster_watcher.readiness.completeness.content import Content
from copytaster_watcher.readiness.completeness.verdict import PROVEN, Verdict, early, unsure

_BEGINS = re.compile(rb"(?:\xef\xbb\xbf)?\s*\{\\rtf")
_MARKS = re.compile(rb"\\(?:bin-?\d|[\\{}])|[{}]")
"""A brace, an escaped one, or the mark of binary data of a given length, which may contain any braces."""

LONGEST_MARK = 6
"""Bytes of the longest mark; the end of a piece may cut one."""


def judge(content: Content) -> Verdict | None:
    """Return the verdict; None for other formats. Cost: reads the whole file, in pieces.

    Text after the last brace is ignored: senders' systems add it, and it is no part of the document.
    """
    if not _BEGINS.match(content.head):
        return None
    depth, has_binary, rest = 0, False, b""
    for piece in content.pieces():
        marks, rest = _marks(rest + piece)
        depth += marks.count(b"{") - marks.count(b"}")
        has_binary = has_binary or any(b"bin" in mark for mark in marks)
    marks = _MARKS.findall(rest)
    depth += marks.count(b"{") - marks.count(b"}")
    if depth <= 0:
        return PROVEN
    missing = "the brace } that ends the RTF document"
    return unsure(missing) if has_binary else early(missing)


def _marks(text: bytes) -> tuple[list[bytes], bytes]:
    """Return the marks in a piece, and its end, which belongs to the next piece: a mark may begin there."""
    last = text.rfind(b"\\", max(0, len(text) - LONGEST_MARK))
    row = last + 1 - len(text[: last + 1].rstrip(b"\\"))
    cut = last if row % 2 else len(text)  # of an even number of backslashes, each second one is escaped
    return _MARKS.findall(text[:cut]), text[cut:]
