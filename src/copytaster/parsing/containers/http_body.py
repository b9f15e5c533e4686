"""The body of an HTTP message without its codings.

Headers are not proof: servers and crawlers declare codings that the body does not have, and archives keep the headers
of bodies that are stored decoded. A coding that the bytes do not have is therefore ignored (RFC 9110, 8.4;
RFC 9112, 7).
"""

from __future__ import annotations

import gzip
import io
import re
import zlib
from collections.abc import Callable
from contextlib import suppress

from fastwarc.stream_io import BrotliReader, ZstdReader

_PIECE = 4_096
"""Bytes that are decoded at a time, so that the valid beginning of a truncated body is available."""

_CHUNK_SIZE = re.compile(rb"\s*([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r?\n")
"""The line before a chunk; the size is in hexadecimal digits, extensions may follow."""

_GZIP = b"\x1f\x8b"
_ZLIB, _RAW_DEFLATE = zlib.MAX_WBITS, -zlib.MAX_WBITS
"""The two forms of ``deflate``: with the header that the standard demands, and as many servers send it."""

_LEAST_DECHUNKED = 0.5
"""Share of the bytes that must be in chunks; below it the body merely begins with a line of hexadecimal digits."""

_MAX_CODINGS = 4
"""Codings that are undone; messages have one or two, and each one may multiply the size."""


def decoded_body(raw: bytes, *, transfer: str, content: str, limit: int) -> bytes:
    """Return a body without the codings that its headers ``Transfer-Encoding`` and ``Content-Encoding`` list.

    Unknown codings, and codings that the bytes do not have, change nothing. Of a truncated body the beginning is
    returned. A decoded body is cut one byte above ``limit``. Never raises.
    """
    # The content coding is applied first, therefore it is removed last.
    for coding in reversed([*_codings(content), *_codings(transfer)][:_MAX_CODINGS]):
        undo = _DECODERS.get(coding)
        raw = (undo(raw, limit) if undo else None) or raw
    return raw


def _codings(header: str) -> list[str]:
    return [coding.strip().lower() for coding in header.split(",") if coding.strip()]


def _dechunked(raw: bytes, limit: int) -> bytes | None:
    pieces, at, size = [], 0, 0
    while size <= limit and (line := _CHUNK_SIZE.match(raw, at)):
        length = int(line.group(1), 16)
        piece = raw[line.end() : line.end() + length]
        pieces.append(piece)
        size += len(piece)
        at = line.end() + length
        if not length or at >= len(raw):
            break
    return b"".join(pieces) if size >= _LEAST_DECHUNKED * len(raw) else None


def _inflated(raw: bytes, limit: int) -> bytes | None:
    if raw.startswith(_GZIP):
        return _read_to_damage(gzip.GzipFile(fileobj=io.BytesIO(raw)).read1, limit)
    with_header = _decompressed(raw, _ZLIB, limit)
    return _decompressed(raw, _RAW_DEFLATE, limit) if with_header is None else with_header


def _decompressed(raw: bytes, window: int, limit: int) -> bytes | None:
    """Return the decompressed bytes; None if any of them is invalid."""
    stream = zlib.decompressobj(window)
    try:
        return stream.decompress(raw, limit + 1) or None
    except zlib.error:
        return None


def _read_to_damage(read: Callable[[int], bytes], limit: int) -> bytes | None:
    """Return the bytes up to the first damage; None if there are none."""
    pieces, size = [], 0
    with suppress(OSError, EOFError, zlib.error):
        while size <= limit and (piece := read(min(_PIECE, limit + 1 - size))):
            pieces.append(piece)
            size += len(piece)
    return b"".join(pieces) or None


def _from_brotli(raw: bytes, limit: int) -> bytes | None:
    return _read_to_damage(BrotliReader(io.BytesIO(raw)).read, limit)


def _from_zstd(raw: bytes, limit: int) -> bytes | None:
    return _read_to_damage(ZstdReader(io.BytesIO(raw)).read, limit)


_DECODERS: dict[str, Callable[[bytes, int], bytes | None]] = {
    "chunked": _dechunked,
    "gzip": _inflated,
    "x-gzip": _inflated,
    "deflate": _inflated,
    "br": _from_brotli,
    "zstd": _from_zstd,
}
