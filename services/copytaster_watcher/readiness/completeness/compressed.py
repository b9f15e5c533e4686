"""gzip, bzip2 and xz: a complete stream ends with a checksum."""

from __future__ import annotations

import lzma
import zlib

from copytaster_watcher.readiness.completeness.content import Content
from copytaster_watcher.readiness.completeness.decompression import ERRORS, MEMORY_BYTES, Bzip2, Gzip, Lzma, StreamMaker
from copytaster_watcher.readiness.completeness.verdict import PROVEN, Verdict, early, unsure


def _xz() -> Lzma:
    return Lzma(lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MEMORY_BYTES))


_FORMATS: tuple[tuple[bytes, str, StreamMaker], ...] = (
    (b"\x1f\x8b", "gzip", lambda: Gzip(zlib.MAX_WBITS | 16)),
    (b"BZh", "bzip2", Bzip2),
    (b"\xfd7zXZ\x00", "xz", _xz),
)


def judge(content: Content) -> Verdict | None:
    """Return the verdict; None for other formats.

    Cost: unpacks the whole file, at most ``content.limit`` bytes; the verdict on a larger one is ``UNSURE``.
    """
    for mark, name, make in _FORMATS:
        if content.head.startswith(mark):
            try:
                return _unpack(content, mark, name, make)
            except ERRORS:
                return unsure(f"a {name} stream without damage")
    return None


def _unpack(content: Content, mark: bytes, name: str, make: StreamMaker) -> Verdict:
    stream, unpacked, rest = make(), 0, b""
    for piece in content.pieces():
        rest += piece
        while rest:
            if stream.eof:
                # Another stream may follow; zeros between streams are padding.
                rest = rest.lstrip(b"\0")
                if mark.startswith(rest):  # its beginning, or nothing yet
                    break
                if not rest.startswith(mark):
                    return PROVEN
                stream = make()
            for unpacked_piece in stream.feed(rest):
                unpacked += len(unpacked_piece)
                if unpacked > content.limit:
                    return unsure(f"a {name} stream that is small enough to be unpacked to its end")
                content.budget.check()
            rest = stream.unused_data
    return PROVEN if stream.eof and not rest else early(f"the end of the {name} stream")
