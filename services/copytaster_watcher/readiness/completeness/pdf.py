"""PDF: a mark at the end, and the length that a linearised file gives at its beginning."""

from __future__ import annotations

import re

from copytaster_watcher.readiness.completeness.content import Content
from copytaster_watcher.readiness.completeness.verdict import PROVEN, Verdict, early

NEAR = 1_024
"""Bytes from either end in which PDF readers search for the marks: senders add lines before and after the document."""

_LENGTH = re.compile(rb"/Linearized\b[^>]{0,200}?/L\s+(\d{1,15})")


def judge(content: Content) -> Verdict | None:
    """Return the verdict; None for other formats."""
    start = content.head[:NEAR].find(b"%PDF-")
    if start < 0 or content.head[:start].strip(b"\xef\xbb\xbf \t\r\n"):
        return None
    # A linearised file has an end mark near its beginning as well, which a cut may leave at the end of the file.
    declared = _LENGTH.search(content.head[: start + NEAR])
    if declared and (length := int(declared.group(1))) > content.size:
        return early(f"{length - content.size:,} of the {length:,} bytes that the PDF declares")
    return PROVEN if b"%%EOF" in content.tail[-NEAR:] else early("the PDF's end mark %%EOF")
