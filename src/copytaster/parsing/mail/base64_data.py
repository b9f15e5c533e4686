"""Base64 as mails have it: cut off, in padded pieces, with a line of text below it, or no base64 at all."""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error, a2b_base64
from string import ascii_letters, digits

_WHITE_SPACE = b" \t\r\n"
_DIGITS = (ascii_letters + digits + "+/").encode()
_NO_DIGITS = re.compile(rb"[^A-Za-z0-9+/=]+")

_LEAST_DIGITS = 0.5
"""Share of the characters of a line of base64 that are digits: rules of hyphens and underscores have none."""

_WORD_LENGTH = 20
"""Characters; words of a text are shorter on average, and lines of base64 that a server joined by spaces are longer."""


def whole_bytes(data: bytes) -> bytes:
    """Return the bytes that are complete in ``data``; characters that are no digits are ignored. Never raises.

    Programs that encode a text in pieces pad each of them. Of data that is cut off the last digit may be alone: it
    has six bits of a byte.
    """
    return b"".join(map(_whole, _NO_DIGITS.sub(b"", data).split(b"=")))


def _whole(piece: bytes) -> bytes:
    piece = piece[: len(piece) - (len(piece) % 4 == 1)]
    return b64decode(piece + b"=" * (-len(piece) % 4))


def decoded_part(raw: bytes) -> tuple[bytes, bool]:
    """Return the bytes of a part whose header declares base64, and whether they are other than the standard demands.

    Mailing lists append their lines to the data as text, and some senders declare base64 above a text without it: lines
    that are no base64 are returned as they are. Never raises.
    """
    try:
        return a2b_base64(raw.translate(None, _WHITE_SPACE), strict_mode=True), False
    except Error:
        lines = raw.splitlines(keepends=True)
    end = next((at for at, line in enumerate(lines) if line.strip() and not _is_data(line.strip())), len(lines))
    data, text = whole_bytes(b"".join(lines[:end])), b"".join(lines[end:])
    return data + (b"\n\n" if data and text else b"") + text, True


def _is_data(line: bytes) -> bool:
    words = line.split()
    if len(words) > 1 and len(line) < _WORD_LENGTH * len(words):
        return False
    return len(line.translate(None, _DIGITS)) <= (1 - _LEAST_DIGITS) * len(line)
