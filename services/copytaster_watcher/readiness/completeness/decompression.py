"""Decompression in bounded steps, for streams and for the entries of zip archives.

A few bytes may expand to gigabytes: each step unpacks one piece at most.
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import Protocol

from copytaster_watcher.readiness.completeness.content import PIECE

MEMORY_BYTES = 32 * 1024 * 1024
"""Memory of an xz or LZMA stream, whose header says how much it needs: ``xz -8`` is within it, and ``-9`` is not."""

ERRORS = (zlib.error, lzma.LZMAError, OSError, EOFError)
"""What the libraries raise for a damaged stream."""


class Stream(Protocol):
    """Common interface of the standard library's decompressors."""

    @property
    def eof(self) -> bool:
        """Whether the end of the stream has been unpacked."""
        ...

    @property
    def unused_data(self) -> bytes:
        """The bytes that followed the end."""
        ...

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """Yield what a piece unpacks to, ``PIECE`` bytes at most at a time. Raises one of ``ERRORS``."""
        ...


StreamMaker = Callable[[], Stream]


class Gzip:
    """A stream of zlib: of gzip, or raw, by its ``wbits``."""

    def __init__(self, wbits: int) -> None:
        self._stream = zlib.decompressobj(wbits=wbits)

    @property
    def eof(self) -> bool:
        """See ``Stream.eof``."""
        return self._stream.eof

    @property
    def unused_data(self) -> bytes:
        """See ``Stream.unused_data``."""
        return self._stream.unused_data

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """See ``Stream.feed``."""
        more = True
        while more:
            unpacked = self._stream.decompress(piece, PIECE)
            yield unpacked
            piece = self._stream.unconsumed_tail
            # A full step may have left some output behind although it has read all of its input.
            more = not self._stream.eof and (bool(piece) or len(unpacked) == PIECE)


class Lzma:
    """A stream of bz2 or lzma, whose decompressors have one interface."""

    def __init__(self, stream: bz2.BZ2Decompressor | lzma.LZMADecompressor) -> None:
        self._stream = stream

    @property
    def eof(self) -> bool:
        """See ``Stream.eof``."""
        return self._stream.eof

    @property
    def unused_data(self) -> bytes:
        """See ``Stream.unused_data``."""
        return self._stream.unused_data

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """See ``Stream.feed``."""
        yield self._stream.decompress(piece, PIECE)
        while not (self._stream.eof or self._stream.needs_input):
            yield self._stream.decompress(b"", PIECE)


class Bzip2(Lzma):
    """A stream of bzip2."""

    def __init__(self) -> None:
        super().__init__(bz2.BZ2Decompressor())


class Stored:
    """An entry that is not compressed: nothing in its data marks its end."""

    eof = False
    unused_data = b""

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """Yield the piece; see ``Stream.feed``."""
        yield piece
