"""IPTC 7901 and similar wire formats: a message from the control character SOH to the control character ETX."""

from __future__ import annotations

import re

from copytaster_watcher.readiness.completeness.content import Content
from copytaster_watcher.readiness.completeness.verdict import PROVEN, Verdict, early

_START = re.compile(rb"[\s\x00\x16]*\x01[\x02\r\n]*[\x20-\x7e]{2}")
"""The beginning of a message: optional SYN characters or blank lines, SOH, letters. No other format begins like it."""


def judge(content: Content) -> Verdict | None:
    """Return the verdict; None for other formats. If a file has several messages, the last one is checked."""
    if not _START.match(content.head):
        return None
    ended = content.tail.rfind(b"\x03") > content.tail.rfind(b"\x01")
    return PROVEN if ended else early("the message's end mark ETX (03 hexadecimal)")
