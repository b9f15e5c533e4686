"""Lines with a checksum and a number: reading a line proves that it has not changed, and that none is missing."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

SEPARATOR = b"\t"
"""Between line, number and checksum. JSON text contains no tab: JSON escapes it."""

DIGITS = 16
"""Hexadecimal digits of the sha256 of a line: enough against accidents, 17 bytes a line of some 500."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line that has not changed. ``number`` is its number in its file, None if it was written without one."""

    content: bytes
    number: int | None = None


def seal(content: bytes, *, number: int | None = None) -> bytes:
    """Return a line of JSON with its number and its checksum behind it."""
    body = content if number is None else content + SEPARATOR + str(number).encode()
    return body + SEPARATOR + _checksum(body)


def unseal(sealed: bytes) -> Line | None:
    """Return the line without number and checksum; None if it has changed.

    A line without a checksum, as releases before 0.1.0 wrote it, is returned as it is stored.
    """
    body, separator, checksum = sealed.rpartition(SEPARATOR)
    if not separator:
        return Line(sealed)
    if checksum != _checksum(body):
        return None
    content, separator, number = body.partition(SEPARATOR)
    return Line(content, int(number) if separator else None)


def unsealed(sealed: bytes) -> bytes:
    """Return the content of a line; nothing, of which no record can be read, if it has changed."""
    line = unseal(sealed)
    return line.content if line else b""


def is_proved(sealed: bytes) -> bool:
    """Return whether the line has a checksum that proves it: if it cannot be used, a newer release has written it."""
    return SEPARATOR in sealed and unseal(sealed) is not None


def _checksum(body: bytes) -> bytes:
    return hashlib.sha256(body).hexdigest()[:DIGITS].encode()
