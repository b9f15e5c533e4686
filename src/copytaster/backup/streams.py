"""Pieces of bytes as a file, files that count what is written, and the format of a snapshot."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from itertools import chain
from typing import BinaryIO

from copytaster.errors import ServerUnavailableError

HEADER_BYTES = 9
"""A snapshot begins with the name REDIS or VALKEY, and the digits of its format up to the ninth byte."""


class Chunks:
    """Reads pieces of bytes as a file. ``report`` gets the number of bytes of each."""

    def __init__(self, chunks: Iterator[bytes], report: Callable[[int], object] = lambda _: None) -> None:
        self._chunks = chunks
        self._report = report
        self._rest = memoryview(b"")

    def read(self, size: int = -1, /) -> bytes:
        """Return at most ``size`` bytes, or the rest of a piece; none at the end."""
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return b""
            self._report(len(chunk))
            self._rest = memoryview(chunk)
        content = self._rest if size < 0 else self._rest[:size]
        self._rest = self._rest[len(content) :]
        return bytes(content)


class HashingFile:
    """Writes to a file; ``size`` and ``digest`` are those of everything written."""

    def __init__(self, out: BinaryIO) -> None:
        self.size = 0
        self.digest = hashlib.sha256()
        self._out = out

    def write(self, content: bytes, /) -> int:
        """Write the bytes, and return their number."""
        self.size += len(content)
        self.digest.update(content)
        return self._out.write(content)

    def flush(self) -> None:
        """Pass on what was written."""
        self._out.flush()


def with_format(snapshot: Iterator[bytes]) -> tuple[int, Iterator[bytes]]:
    """Return the format of a snapshot, and its pieces. Raises ``ServerUnavailableError`` if it is none."""
    begin = b""
    while len(begin) < HEADER_BYTES and (chunk := next(snapshot, None)) is not None:
        begin += chunk
    digits = begin[:HEADER_BYTES].removeprefix(b"REDIS").removeprefix(b"VALKEY")
    if not digits.isdigit():
        raise ServerUnavailableError(f"the Redis server sent no snapshot, but what begins with {begin[:40]!r}")
    return int(digits), chain([begin], snapshot)
