"""Repairs of mails whose structure is broken: the words of the mail are read although its headers are wrong.

Repaired are parameters that are not folded, several ``Content-Type`` headers, a ``boundary`` that is missing or that
occurs nowhere, and mails that are multipart by name only, which are text (RFC 2045, 5.2).
"""

from __future__ import annotations

import re
from copy import copy
from email import message_from_bytes, policy

from copytaster.parsing.charset.decoding import peek
from copytaster.parsing.mail.headers import Mail

_UNFOLDED = re.compile(
    rb"(?im)^(content-(?:type|disposition):[^\n]*(?:\r?\n[ \t][^\n]*)*;[ \t]*\r?\n)(?=[\w*-]{1,40}[ \t]*=)"
)
"""A header that ends in a semicolon, in front of a parameter that is not folded."""

_MAX_PARAMETERS = 5
"""Parameters of one header in lines that are not folded; mails have one to three."""

_LEADING = re.compile(rb"\A(?:\xef\xbb\xbf|[ \t]*\r?\n)*(?:>?From [^\n]*\n)?(?:[ \t]*\r?\n)*")
"""Blank lines and the separator of a mailbox before the headers."""

_BOUNDARY = re.compile(r"boundary\s*=\s*(?:\"([^\"\n]{1,200})\"|([^\s;\"]{1,200}))", re.IGNORECASE)
_DELIMITER = re.compile(rb"(?m)^--([^\s-][^\r\n]{0,199}|-[^\r\n]{0,199})[ \t]*\r?\n(?=content-[a-z-]+:)", re.IGNORECASE)
"""A line that begins with two hyphens in front of a header of a part."""

_REPLACED = frozenset(["content-type", "mime-version"])
_BEGINS_AS_PART = re.compile(r"\s*--[^\r\n]{1,200}\r?\ncontent-[a-z-]+:", re.IGNORECASE)
_PAGE = re.compile(r"\s*<(?:!doctype\s+html|html)\b", re.IGNORECASE)


def read_mail(content: bytes) -> Mail:
    """Return the mail in ``content``, repaired; raises the errors of the standard library's parser."""
    return restructured(message_from_bytes(_folded(_LEADING.sub(b"", content, count=1)), policy=policy.compat32))


def restructured(part: Mail) -> Mail:
    """Return a mail or part, with the parts or the text that its headers do not show."""
    payload = part.get_payload()
    if not isinstance(payload, str):
        return part
    is_multipart = part.get_content_maintype() == "multipart"
    if not is_multipart and not _BEGINS_AS_PART.match(payload):
        return part
    body = undecoded(part)
    boundary = _actual_boundary(part, body)
    if boundary:
        kind = part.get_content_type() if is_multipart else "multipart/mixed"
        return _with_type(part, body, f'{kind}; boundary="{boundary}"')
    if not is_multipart:
        return part
    return _with_type(part, body, "text/html" if _PAGE.match(peek(body)) else "text/plain")


def undecoded(part: Mail) -> bytes:
    """Return the bytes of a part in their transfer encoding; as text they have lost their characters beyond ASCII."""
    payload = encoded_in(part, "").get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def encoded_in(part: Mail, coding: str) -> Mail:
    """Return a part whose header declares this transfer encoding; the standard library accepts no more in it."""
    changed = copy(part)
    del changed["content-transfer-encoding"]
    changed["content-transfer-encoding"] = coding
    return changed


def _folded(content: bytes) -> bytes:
    for _ in range(_MAX_PARAMETERS):
        content, count = _UNFOLDED.subn(rb"\1 ", content)
        if not count:
            break
    return content


def _actual_boundary(part: Mail, body: bytes) -> str | None:
    """Return the boundary that delimits parts in the body: one that a header states, else one before headers."""
    stated: list[str] = [
        quoted or bare for value in part.get_all("content-type", []) for quoted, bare in _BOUNDARY.findall(str(value))
    ]
    for boundary in stated:
        if re.search(rb"(?m)^--" + re.escape(boundary.encode("utf-8", "surrogateescape")) + rb"[ \t]*\r?$", body):
            return boundary
    found = _DELIMITER.search(body)
    actual: str = found.group(1).decode("latin-1").rstrip() if found else ""
    return actual if actual and '"' not in actual and actual.isascii() else None


def _with_type(part: Mail, body: bytes, content_type: str) -> Mail:
    """Return the mail with another type; its other headers do not change."""
    fields = [
        f"{name}: {value}" for name, value in part.raw_items() if name.lower() not in {"content-type", "mime-version"}
    ]
    head = "\n".join([*fields, f"Content-Type: {content_type}", "MIME-Version: 1.0"])
    return message_from_bytes(head.encode("utf-8", "surrogateescape") + b"\n\n" + body, policy=policy.compat32)
