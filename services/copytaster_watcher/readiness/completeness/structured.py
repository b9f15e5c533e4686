"""JSON and JSON Lines: a complete file closes every value."""

from __future__ import annotations

import codecs
import re

from copytaster_watcher.readiness.completeness.content import Content
from copytaster_watcher.readiness.completeness.json_structure import JsonStructure, NotJsonError
from copytaster_watcher.readiness.completeness.verdict import LIKELY, PROVEN, Verdict, early

_VALUE_BEGINS = re.compile(r"\ufeff?(?:\xef\xbb\xbf)?\s*[\[{]")


def judge(content: Content) -> Verdict | None:
    """Return the verdict; None for other formats and for files with an error before their end.

    Cost: reads the whole file, in pieces; no value is kept.
    """
    begin = _VALUE_BEGINS.match(content.opening)
    if begin is None:
        return None
    decoder = codecs.getincrementaldecoder(content.utf_16 or "latin-1")(errors="ignore")
    structure, skipped = JsonStructure(), begin.end() - 1
    try:
        for piece in content.pieces():
            text = decoder.decode(piece)
            structure.read(text[skipped:])
            skipped = max(0, skipped - len(text))
        structure.end()
    except NotJsonError:
        return None
    if not structure.is_closed:
        return early("the end of a JSON value")
    return PROVEN if structure.values == 1 else LIKELY
