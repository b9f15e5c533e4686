"""gzip, bzip2 and xz: a complete stream ends with a checksum."""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable
from typing import Protocol

from copytaster_watcher.readiness.completeness.content import PIECE, Content
from copytaster_watcher.readiness.completeness.verdict import PROVEN, Verdict, early, unsure


class _Stream(Protocol):
    """Common interface of the standard library's three decompressors; ``feed`` returns the number of unpacked bytes."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def feed(self, piece: bytes) -> int: ...


class _Zlib:
    def __init__(self) -> None:
        self._stream = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)

    @property
    def eof(self) -> bool:
        return self._stream.eof

    @property
    def unused_data(self) -> bytes:
        return self._stream.unused_data

    def feed(self, piece: bytes) -> int:
        out = 0
        while piece:
            out += len(self._stream.decompress(piece, PIECE))
            piece = self._stream.unconsumed_tail
        return out


class _Blocks:
    def __init__(self, stream: bz2.BZ2Decompressor | lzma.LZMADecompressor) -> None:
        self._stream = stream

    @property
    def eof(self) -> bool:
        return self._stream.eof

    @property
    def unused_data(self) -> bytes:
        return self._stream.unused_data

    def feed(self, piece: bytes) -> int:
        out = len(self._stream.decompress(piece, PIECE))
        while not (self._stream.eof or self._stream.needs_input):
            out += len(self._stream.decompress(b"", PIECE))
        return out


_FORMATS: tuple[tuple[bytes, str, Callable[[], _Stream]], ...] = (
    (b"\x1f\x8b", "gzip", _Zlib),
    (b"BZh", "bzip2", lambda: _Blocks(bz2.BZ2Decompressor())),
    (b"\xfd7zXZ\x00", "xz", lambda: _Blocks(lzma.LZMADecompressor(lzma.FORMAT_XZ))),
)


def judge(content: Content) -> Verdict | None:
    """Return the verdict; None for other formats.

    Cost: unpacks the whole file, at most ``content.limit`` bytes; the verdict on a larger one is ``UNSURE``.
    """
    for mark, name, make in _FORMATS:
        if content.head.startswith(mark):
            try:
                return _unpack(content, mark, name, make)
            except (zlib.error, OSError, lzma.LZMAError, EOFError):
                return unsure(f"a {name} stream without damage")
    return None


def _unpack(content: Content, mark: bytes, name: str, make: Callable[[], _Stream]) -> Verdict:
    stream, unpacked = make(), 0
    for piece in content.pieces():
        rest = piece
        while rest:
            unpacked += stream.feed(rest)
            if unpacked > content.limit:
                return unsure(f"a {name} stream that is small enough to be unpacked to its end")
            if not stream.eof:
                break
            # Another stream may follow; zeros between streams are padding.
            rest = stream.unused_data.lstrip(b"\0")
            if rest and not rest.startswith(mark):
                return PROVEN
            stream = make() if rest else stream
    return PROVEN if stream.eof else early(f"the end of the {name} stream")
