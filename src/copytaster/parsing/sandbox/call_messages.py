"""Messages between ``SandboxedCalls`` and the process that answers: several requests, or their replies, in one.

Each part has its length before it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable

READY = b"ready"

ANSWER, OUT_OF_MEMORY, FAULT, NO_DESCRIPTOR = b"a", b"m", b"f", b"d"
"""The first byte of a reply: an answer, or why there is none."""

MAX_REQUEST_BYTES = 64 * 1024
"""Bytes of all requests in a message: a path for each, whose characters JSON escapes."""

MAX_REPLY_BYTES = 128 * 1024
"""Bytes of all replies in a message: a sidecar of 64 KB, whose characters JSON escapes."""

MAX_CALLS = 16
"""Requests in a message: waking both processes costs ten times as much as a small request, and this little by 16."""

LENGTH = struct.Struct("<I")


def pack(parts: Iterable[bytes]) -> bytes:
    """Return a message of the parts."""
    return b"".join(piece for part in parts for piece in (LENGTH.pack(len(part)), part))


def unpack(message: memoryview) -> list[bytes]:
    """Return the parts of a message. Raises ``ValueError`` if it is cut."""
    parts, at = [], 0
    while at < len(message):
        start = at + LENGTH.size
        if start > len(message) or (at := start + LENGTH.unpack_from(message, start - LENGTH.size)[0]) > len(message):
            raise ValueError("the message is cut")
        parts.append(bytes(message[start:at]))
    return parts
