"""Plain text: nothing marks its end, but some endings show that it is probably incomplete."""

from __future__ import annotations

import codecs
import re

from copytaster_watcher.readiness.completeness.content import Content
from copytaster_watcher.readiness.completeness.verdict import LIKELY, Verdict, early, unsure

_ENDS = re.compile(
    r"(?:[\n\r\f\x1a]|[.!?\u2026\u3002\uff01\uff1f\u061f\u06d4\u0964][\"'\u2018\u2019\u201c\u201d\u00bb\u00ab\u300d\u300f)\]]*)"
    r"[ \t]*\Z"
)
"""The end of a line, or a mark that ends a sentence in Latin, Chinese, Japanese, Arabic, Urdu or Indian scripts,
optionally followed by quotation marks or brackets."""

LAST = 64
"""Characters at the end in which ``_ENDS`` is searched."""

_CONTINUING = bytes(range(0x80, 0xC0))
"""The continuation bytes of UTF-8."""


def judge(content: Content) -> Verdict:
    """Return the verdict on a file of no other format: at best ``LIKELY``."""
    text, cut = _decoded(content)
    if cut and not text.isascii():
        return early("the rest of its last character in UTF-8")
    if cut or not _ENDS.search(text[-LAST:]):
        return unsure("the end of its last line or sentence")
    return LIKELY


def _decoded(content: Content) -> tuple[str, bool]:
    """Return the last characters, and whether an incomplete one follows by the rules of UTF-8."""
    if content.utf_16:
        return content.closing, bool(content.size % 2)
    decoder = codecs.getincrementaldecoder("utf-8")()
    # The tail of a large file may begin within a character.
    tail = content.tail if content.tail is content.head else content.tail.lstrip(_CONTINUING)
    try:
        return decoder.decode(tail), bool(decoder.getstate()[0])
    except UnicodeDecodeError:  # another charset, in which any byte may be the last
        return content.closing, False
