"""The records of a WARC file; behind damaged bytes reading continues with the next record that is found."""

from __future__ import annotations

import gzip
import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from copytaster.parsing.failures import READ_ERRNOS

_RECORD_TYPES = WarcRecordType.response | WarcRecordType.resource

_START = re.compile(rb"WARC/\d\.\d{1,2}\r?\n(?=WARC-|Content-)", re.IGNORECASE)
"""The first line of a record and the beginning of its headers."""

_GZIP_MEMBER = re.compile(rb"\x1f\x8b\x08[\x00-\x1f]")
"""The beginning of a gzip member (RFC 1952, 2.3)."""

_HEAD_BYTES = 128
"""Compressed bytes that contain the first line of a record and the beginning of its headers."""

_PIECE = 1024 * 1024
"""Bytes that are searched at a time."""

MAX_RESTARTS = 1_000
"""Damaged places after which the rest of a file is given up: each restart reads 1.6 MB ahead."""


@dataclass(frozen=True, slots=True)
class Damage:
    """Bytes that are not read: their offset in the file and the cause; ``last`` if nothing follows them."""

    offset: int
    cause: str
    last: bool = False


class _Unclosed(io.RawIOBase):
    """A view of a stream that the reader of the records cannot close: its owner reads it again."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._file = file

    def read(self, size: int = -1) -> bytes:
        return self._file.read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()


def is_start(head: bytes) -> bool:
    """Return whether these bytes begin a record, uncompressed or in gzip."""
    if head.startswith(b"\x1f\x8b"):
        head = _first_bytes(head)
    return _START.match(head) is not None


def records(file: BinaryIO, size: int) -> Iterator[WarcRecord | Damage]:
    """Yield the responses and resources of a file with ``size`` bytes, undecoded, and what could not be read.

    A record is valid until the next one is requested. Raises ``OSError`` if the disk fails.
    """
    start = 0
    for _ in range(MAX_RESTARTS):
        at, cause = start, ""
        try:
            for record in _records_from(file, start):
                at = record.stream_pos
                if _claims_too_much(record, file, size):
                    cause = f"a record states a length of {record.content_length:,} bytes"
                    break
                yield record
        except OSError as error:
            if error.errno in READ_ERRNOS:
                raise
            cause = str(error)
        # The library raises errors of other kinds on headers that it cannot decode.
        except (ValueError, LookupError, EOFError) as error:
            cause = str(error)
        found = _next_start(file, at + 1) if cause else None
        if cause:
            yield Damage(at, cause, last=found is None)
        if found is None:
            return
        start = found
    yield Damage(start, f"the file has more than {MAX_RESTARTS:,} damaged places", last=True)


def _records_from(file: BinaryIO, start: int) -> Iterator[WarcRecord]:
    file.seek(start)
    head = file.read(_HEAD_BYTES)
    file.seek(start)
    # From a Python stream the library reads 1.6 MB at a time, for a file of any size. Its quirks mode accepts headers
    # whose lines end in bare line feeds, as some crawlers write them, but also skips damaged bytes without an error.
    yield from ArchiveIterator(
        _Unclosed(file),
        record_types=_RECORD_TYPES,
        parse_http=False,
        auto_decode="none",
        quirks_mode=_has_bare_line_feeds(head),
    )


def _has_bare_line_feeds(head: bytes) -> bool:
    """Say whether the first line of a record ends in a line feed only."""
    match = _START.match(_first_bytes(head) if head.startswith(b"\x1f\x8b") else head)
    return match is not None and not match.group().endswith(b"\r\n")


def _claims_too_much(record: WarcRecord, file: BinaryIO, size: int) -> bool:
    """Say whether a record that ends behind the end of its file hides other records; it may merely be truncated."""
    return record.stream_pos + record.content_length > size and (
        not _is_compressed(file, record.stream_pos) and _next_start(file, record.stream_pos + 1) is not None
    )


def _is_compressed(file: BinaryIO, at: int) -> bool:
    position = file.tell()
    file.seek(at)
    compressed = not _START.match(file.read(_HEAD_BYTES))
    file.seek(position)
    return compressed


def _next_start(file: BinaryIO, at: int) -> int | None:
    """Return the offset of the next record at or behind ``at``; the position in ``file`` does not change."""
    position, found = file.tell(), None
    overlap = _HEAD_BYTES
    while found is None:
        file.seek(at)
        piece = file.read(_PIECE + overlap)
        starts = (*_START.finditer(piece), *_GZIP_MEMBER.finditer(piece))
        offsets = sorted(each.start() for each in starts if is_start(piece[each.start() : each.start() + _HEAD_BYTES]))
        found = at + offsets[0] if offsets else None
        if len(piece) <= overlap:
            break
        at += len(piece) - overlap
    file.seek(position)
    return found


def _first_bytes(head: bytes) -> bytes:
    try:
        return zlib.decompressobj(wbits=zlib.MAX_WBITS | 16).decompress(head, _HEAD_BYTES)
    except (zlib.error, gzip.BadGzipFile):
        return b""
