"""Multipart mails, and pages saved in that format: a boundary ends the last part."""

from __future__ import annotations

import re

from copytaster_watcher.readiness.completeness.content import Content
from copytaster_watcher.readiness.completeness.verdict import PROVEN, Verdict, unsure

_HEADERS = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:[A-Za-z][A-Za-z0-9-]*:[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*\r?\n)+(?=\r?\n)")
_BOUNDARY = re.compile(
    rb"^content-type:[ \t]*multipart/[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*?"
    rb"[;\s]\s*boundary[ \t]*=[ \t]*(?:\"([^\"\r\n]{1,200})\"|([^\s;\"]{1,200}))",
    re.IGNORECASE | re.MULTILINE,
)


def judge(content: Content) -> Verdict | None:
    """Return the verdict; None for other formats and for mails of one part, which end like text.

    Without the last boundary the verdict is ``UNSURE``: some senders omit it, and mail readers accept that.
    """
    headers = _HEADERS.match(content.head)
    declared = _BOUNDARY.search(headers.group()) if headers else None
    if not declared:
        return None
    boundary = declared.group(1) or declared.group(2)
    end = re.compile(rb"^--" + re.escape(boundary) + rb"--[ \t]*\r?$", re.MULTILINE)
    return PROVEN if end.search(content.tail) else unsure("the boundary that ends the mail's last part")
