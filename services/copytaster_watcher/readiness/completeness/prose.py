"""Text: no mark says that it is whole, but some ends say that it hardly is."""

from __future__ import annotations

import codecs
import re

from copytaster_watcher.readiness.completeness.content import Content
from copytaster_watcher.readiness.completeness.verdict import LIKELY, Verdict, early, unsure

_ENDS = re.compile(
    r"(?:[\n\r\f\x1a]|[.!?\u2026\u3002\uff01\uff1f\u061f\u06d4\u0964][\"'\u2018\u2019\u201c\u201d\u00bb\u00ab\u300d\u300f)\]]*)"
    r"[ \t]*\Z"
)
"""A line's end, or a mark that ends a sentence in Latin, Chinese and Japanese, Arabic, Urdu or Indian scripts, perhaps
within quotes or brackets."""

LAST = 64
"""Characters at the end in which that is looked for."""

_CONTINUING = bytes(range(0x80, 0xC0))
"""The bytes of UTF-8 that begin no character."""


def judge(content: Content) -> Verdict:
    """Return the verdict on whatever no other module knows: never that it is proven to be whole."""
    text, cut = _decoded(content)
    if cut and not text.isascii():
        return early("the rest of its last character in UTF-8")
    if cut or not _ENDS.search(text[-LAST:]):
        return unsure("the end of its last line or sentence")
    return LIKELY


def _decoded(content: Content) -> tuple[str, bool]:
    """Return the last characters and whether another one is begun, by UTF-8's rules."""
    if content.utf_16:
        return content.closing, bool(content.size % 2)
    decoder = codecs.getincrementaldecoder("utf-8")()
    # The tail of a large file may begin within a character.
    tail = content.tail if content.tail is content.head else content.tail.lstrip(_CONTINUING)
    try:
        return decoder.decode(tail), bool(decoder.getstate()[0])
    except UnicodeDecodeError:  # another charset, in which any byte may be the last
        return content.closing, False
