"""A seekable stream of unpacked bytes that raises an error at the limits against decompression bombs."""

from __future__ import annotations

import io
import lzma
import os
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO

from copytaster.errors import PermanentError, RefusedError
from copytaster.model.disposition import Reason
from copytaster.parsing.failures import outages_reported
from copytaster.parsing.original import Original

PIECE = 262_144
"""Bytes that are unpacked at a time while the stream is skipped."""

ALWAYS_ALLOWED = 1024 * 1024
"""Bytes that any member may have: some hundred packed bytes of one repeated line are no bomb, whatever their ratio."""

_DAMAGE = (
    *(zlib.error, lzma.LZMAError, zipfile.BadZipFile, tarfile.TarError),
    *(EOFError, OSError, ValueError),
)
"""What the standard library raises for broken streams and false headers."""


@contextmanager
def damage_reported(name: str) -> Iterator[None]:
    """Turn the errors of a damaged container into ``PermanentError`` (``parse_failed``).

    Raises ``RefusedError`` (``unsupported_format``) for a method of packing that the standard library does not know,
    ``TransientError`` for an outage, which is no damage.
    """
    try:
        with outages_reported(name):
            yield
    except NotImplementedError as error:
        raise RefusedError(
            Reason.UNSUPPORTED_FORMAT,
            f"{name} is packed in a way that is not read ({str(error)[:200]}): pack it with Deflate and drop it again.",
        ) from error
    except _DAMAGE as error:
        raise PermanentError(
            Reason.PARSE_FAILED,
            f"{name} is damaged: {type(error).__name__}: {str(error)[:200]}. Ask the sender for it again.",
        ) from error


class BoundedStream(io.RawIOBase):
    """The unpacked bytes of one member.

    Seeking back starts again from the beginning, and seeking to the end unpacks everything: both cost time, no memory.
    Reading raises ``RefusedError`` (``archive_bomb``) beyond the limits, and ``PermanentError`` at damaged data.
    """

    def __init__(self, start: Callable[[], BinaryIO], *, name: str, packed: int, original: Original) -> None:
        super().__init__()
        self._start = start
        self._name = name
        self._most = min(original.limits.container_bytes, max(ALWAYS_ALLOWED, packed * original.limits.ratio))
        self._budget = original.budget
        self._stream: BinaryIO | None = None
        self._position = 0
        self._furthest = 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def tell(self) -> int:
        """Return the position."""
        return self._position

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # typeshed's private Buffer
        """Read the next bytes; see the class."""
        with damage_reported(self._name):
            if self._stream is None:
                self._stream = self._start()
            piece = self._stream.read(len(buffer))
        buffer[: len(piece)] = piece
        self._position += len(piece)
        if self._position > self._furthest:
            self._budget.spend(self._position - self._furthest, self._name)
            self._furthest = self._position
            if self._furthest > self._most:
                raise RefusedError(
                    Reason.ARCHIVE_BOMB,
                    f"{self._name} unpacks to more than {self._most:,} bytes; the rest is not read.",
                )
        return len(piece)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to a position; see the class."""
        if whence == os.SEEK_END:
            while self.read(PIECE):
                pass
            return self.seek(self._position + offset) if offset else self._position
        target = offset + (self._position if whence == os.SEEK_CUR else 0)
        if target < self._position:
            self._stream, self._position = None, 0
        while self._position < target and self.read(min(PIECE, target - self._position)):
            pass
        return self._position

    def whole(self, most: int) -> bytes | None:
        """Return all bytes; None, at the start again, if they are more than ``most`` or cannot all be read."""
        pieces, size = list[bytes](), 0
        with suppress(PermanentError):
            while size <= most and (piece := self.read(PIECE)):
                pieces.append(piece)
                size += len(piece)
            if size <= most:
                return b"".join(pieces)
        self._stream, self._position = None, 0
        return None


def bounded_member(start: Callable[[], BinaryIO], *, locator: str, packed: int, original: Original) -> Original:
    """Return the member at ``locator`` of ``original``; ``start`` opens its unpacked bytes from the start.

    A member that is no larger than a document may be is in memory: parsers seek, and to go back in a compressed file
    unpacks everything in front of the member again. Of a damaged one the intact beginning is read from the stream.
    """
    raw = BoundedStream(start, name=f"{original.name}!{locator}", packed=packed, original=original)
    content = raw.whole(original.limits.file_bytes)
    return original.member(locator, io.BufferedReader(raw, PIECE) if content is None else content)
