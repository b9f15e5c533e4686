"""RTF: a complete document closes every group."""

from __future__ import annotations

import re

from copytaster_watcher.readiness.completeness.content import Content
from copytaster_watcher.readiness.completeness.verdict import PROVEN, Verdict, early, unsure

_BEGINS = re.compile(rb"(?:\xef\xbb\xbf)?\s*\{\\rtf")
_BRACES = re.compile(rb"\\[\\{}]|[{}]")
_BINARY = re.compile(rb"\\bin-?\d")
"""Marks binary data of a given length, which may contain any braces."""


def judge(content: Content) -> Verdict | None:
    """Return the verdict; None for other formats. Cost: reads the whole file.

    Text after the last brace is ignored: senders' systems add it, and it is no part of the document.
    """
    if not _BEGINS.match(content.head):
        return None
    whole = b"".join(content.pieces())
    depth = 0
    for brace in _BRACES.findall(whole):
        depth += 1 if brace == b"{" else -1 if brace == b"}" else 0
    if depth <= 0:
        return PROVEN
    missing = "the brace } that ends the RTF document"
    return unsure(missing) if _BINARY.search(whole) else early(missing)
