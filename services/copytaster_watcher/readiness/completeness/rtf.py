"""RTF: every group that is opened is closed."""

from __future__ import annotations

import re

from copytaster_watcher.readiness.completeness.content import Content
from copytaster_watcher.readiness.completeness.verdict import PROVEN, Verdict, early, unsure

_BEGINS = re.compile(rb"(?:\xef\xbb\xbf)?\s*\{\\rtf")
_BRACES = re.compile(rb"\\[\\{}]|[{}]")
_BINARY = re.compile(rb"\\bin-?\d")
"""What is counted in bytes may have any braces in it."""


def judge(content: Content) -> Verdict | None:
    """Return the verdict; None for other formats. Cost: reads the whole file.

    What follows the last brace is a matter of senders' systems and no part of the document.
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
