"""PDF: the mark at the end, and the length that a linearised file tells at its head."""

from __future__ import annotations

import re

from copytaster_watcher.readiness.completeness.content import Content
from copytaster_watcher.readiness.completeness.verdict import PROVEN, Verdict, early

NEAR = 1_024
"""Bytes from either end in which readers look for the marks: senders add lines before and after the document."""

_LENGTH = re.compile(rb"/Linearized\b[^>]{0,200}?/L\s+(\d{1,15})")


def judge(content: Content) -> Verdict | None:
    """Return the verdict; None for other formats."""
    start = content.head[:NEAR].find(b"%PDF-")
    if start < 0 or content.head[:start].strip(b"\xef\xbb\xbf \t\r\n"):
        return None
    # A file made for the web has an end mark near its head as well, so a cut could fall behind that.
    told = _LENGTH.search(content.head[: start + NEAR])
    if told and int(told.group(1)) > content.size:
        return early(f"{int(told.group(1)) - content.size:,} of the {int(told.group(1)):,} bytes that the PDF tells")
    return PROVEN if b"%%EOF" in content.tail[-NEAR:] else early("the PDF's end mark %%EOF")
