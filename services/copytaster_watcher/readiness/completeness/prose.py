"""Judges plain text. The format has no end mark, but the last characters can show that a file is incomplete."""

from __future__ import annotations

import codecs
import re

from copytaster_watcher.readiness.completeness.content import Content
from copytaster_watcher.readiness.completeness.verdict import LIKELY, Verdict, early, unsure

_SENTENCE_END = re.compile(
    r"(?:[\n\r\f\x1a]|[.!?\u2026\u3002\uff01\uff1f\u061f\u06d4\u0964][\"'\u2018\u2019\u201c\u201d\u00bb\u00ab\u300d\u300f)\]]*)"
    r"[ \t]*\Z"
)
"""A line break, form feed or Ctrl-Z, or a mark that ends a sentence in Latin, Chinese, Japanese, Arabic, Urdu or Indian
scripts, optionally followed by quotation marks or brackets."""

TAIL_CHARACTERS = 64
"""Characters at the end in which ``_SENTENCE_END`` is searched."""

_CONTINUATION_BYTES = bytes(range(0x80, 0xC0))
"""The continuation bytes of UTF-8."""


def judge(content: Content) -> Verdict:
    """Return the verdict on a file that has none of the other formats. The best one is ``LIKELY`` complete."""
    text, ends_inside_character = _decode_tail(content)
    if ends_inside_character and not text.isascii():
        return early("the rest of its last character in UTF-8")
    if ends_inside_character or not _SENTENCE_END.search(text[-TAIL_CHARACTERS:]):
        return unsure("the end of its last line or sentence")
    return LIKELY


def _decode_tail(content: Content) -> tuple[str, bool]:
    """Return the end of the file as text, and whether the file ends inside a character of UTF-8 or UTF-16."""
    if content.utf_16:
        return content.closing, bool(content.size % 2)
    decoder = codecs.getincrementaldecoder("utf-8")()
    # The tail of a large file may begin within a character.
    tail = content.tail if content.tail is content.head else content.tail.lstrip(_CONTINUATION_BYTES)
    try:
        return decoder.decode(tail), bool(decoder.getstate()[0])
    except UnicodeDecodeError:  # not UTF-8: in other charsets an incomplete character cannot be recognized
        return content.closing, False
