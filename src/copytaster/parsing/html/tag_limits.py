"""Limits of tags in web pages and feeds, whose attributes libxml2 and feedparser read in quadratic time."""

from __future__ import annotations

import re

MAX_ATTRIBUTES = 5_000
"""On one element. Measured for 60,000: 3.3 s in libxml2 and 30 s in feedparser, so .02 and .2 s for this number."""

_LONG_TAG = re.compile(r"<[a-zA-Z][^<>]{20000,}")
_ATTRIBUTE = re.compile(r"\s[\w:.-]+=")


def excessive_attributes(text: str) -> int | None:
    """Return the number of attributes of the first element with more than ``MAX_ATTRIBUTES``; None without one."""
    counts = (len(_ATTRIBUTE.findall(tag.group())) for tag in _LONG_TAG.finditer(text))
    return next((count for count in counts if count > MAX_ATTRIBUTES), None)
