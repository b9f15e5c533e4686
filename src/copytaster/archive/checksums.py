"""Lines with a checksum: a stored line proves when it is read that it has not changed."""

from __future__ import annotations

import hashlib

SEPARATOR = b"\t"
"""Between the line and its checksum. JSON text contains no tab: JSON escapes it."""

DIGITS = 16
"""Hexadecimal digits of the sha256 of a line: enough against accidents, 17 bytes a line of some 500."""


def seal(line: bytes) -> bytes:
    """Return a line of JSON with its checksum behind it."""
    return line + SEPARATOR + _checksum(line)


def unseal(sealed: bytes) -> bytes | None:
    """Return the line without its checksum; None if the line has changed.

    A line without a checksum, as releases before 0.1.0 wrote it, is returned as it is stored.
    """
    line, separator, checksum = sealed.rpartition(SEPARATOR)
    if not separator:
        return sealed
    return line if checksum == _checksum(line) else None


def _checksum(line: bytes) -> bytes:
    return hashlib.sha256(line).hexdigest()[:DIGITS].encode()
