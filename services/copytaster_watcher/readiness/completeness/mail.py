"""Multipart mails, and pages saved in that format: a boundary ends the last part."""

from __future__ import annotations

import re

from copytaster_watcher.readiness.completeness.content import Content
from copytaster_watcher.readiness.completeness.verdict import PROVEN, Verdict, unsure

_HEADERS = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?>(?:[A-Za-z][A-Za-z0-9-]*:[^\r\n]*(?>(?:\r?\n[ \t][^\r\n]*)*)\r?\n)+)(?=\r?\n)"
)
_CONTENT_TYPE = re.compile(rb"^content-type:[ \t]*multipart/", re.IGNORECASE | re.MULTILINE)
_HEADER_END = re.compile(rb"\r?\n(?![ \t])")
_BOUNDARY = re.compile(
    rb"[;\s]boundary[ \t]{0,9}=[ \t]{0,9}(?:\"([^\"\r\n]{1,200})\"|([^\s;\"]{1,200}))", re.IGNORECASE
)
"""Each repetition has a limit or a fixed start, so that the search takes time in proportion to the header."""


def judge(content: Content) -> Verdict | None:
    """Return the verdict; None for other formats and for mails of one part, which end like text.

    Without the last boundary the verdict is ``UNSURE``: some senders omit it, and mail readers accept that.
    """
    headers = _HEADERS.match(content.head)
    declared = _declared(headers.group()) if headers else None
    if not declared:
        return None
    boundary = declared.group(1) or declared.group(2)
    end = re.compile(rb"^--" + re.escape(boundary) + rb"--[ \t]*\r?$", re.MULTILINE)
    return PROVEN if end.search(content.tail) else unsure("the boundary that ends the mail's last part")


def _declared(headers: bytes) -> re.Match[bytes] | None:
    """Return the boundary that the first multipart header declares."""
    begin = _CONTENT_TYPE.search(headers)
    if begin is None:
        return None
    end = _HEADER_END.search(headers, begin.end())
    return _BOUNDARY.search(headers, begin.end(), end.start() if end else len(headers))
