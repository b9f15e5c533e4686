"""Zip archives and formats based on them (DOCX, ODT, EPUB): a directory at the end, and checksums."""

from __future__ import annotations

import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator

from copytaster_watcher.readiness.completeness.content import Content
from copytaster_watcher.readiness.completeness.decompression import (
    ERRORS,
    MEMORY_BYTES,
    Bzip2,
    Gzip,
    Lzma,
    Stored,
    Stream,
)
from copytaster_watcher.readiness.completeness.verdict import PROVEN, Verdict, early, unsure

_FIRST = (b"PK\x03\x04", b"PK\x05\x06")
_END = b"PK\x05\x06"
_END_BYTES = 22

MAX_ENTRIES = 10_000
"""The checksums of an archive with more entries are not verified: its directory alone would take much memory."""

MAX_DIRECTORY_BYTES = 4 * 1024 * 1024
"""The size of a directory with so many entries and long names; a directory may have more entries than it declares."""

ENCRYPTED = 1
"""The bit in an entry's flags, from the format's specification (APPNOTE 4.4.4)."""

_LOCAL_HEADER = struct.Struct("<4s22xHH")
"""An entry's header before its data (APPNOTE 4.3.7): signature, lengths of name and extra field."""

_LZMA_HEADER = struct.Struct("<2xH")
"""What precedes LZMA data (APPNOTE 5.8.8): version, and the length of the properties."""

_LZMA_PROPERTIES = struct.Struct("<BI")


def judge(content: Content) -> Verdict | None:
    """Return the verdict; None for other formats. Cost: unpacks at most ``content.limit`` bytes."""
    if not content.head.startswith(_FIRST):
        return None
    at = content.tail.rfind(_END)
    if at < 0 or len(content.tail) - at < _END_BYTES:
        return early("the zip archive's directory at its end")
    entries, directory_bytes = struct.unpack_from("<HI", content.tail, at + 10)
    if entries > MAX_ENTRIES or directory_bytes > MAX_DIRECTORY_BYTES:
        return PROVEN
    try:
        damaged = _damaged(content)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error, *ERRORS):
        damaged = "an entry"
    # Only checksums show damage, and holes left by a writer that allocates the file first and fills it later.
    return unsure(f"the right content of {damaged} in the zip archive") if damaged else PROVEN


def _damaged(content: Content) -> str | None:
    """Return the first entry whose checksum is wrong, among those that fit into the limit."""
    left = content.limit
    # Only the directory is read by zipfile: it unpacks entries of bzip2 and LZMA in steps of any size.
    with zipfile.ZipFile(content.file) as archive:
        entries = archive.infolist()
    for entry in entries:
        if entry.flag_bits & ENCRYPTED:
            continue
        left -= entry.file_size
        if left < 0:
            return None
        if not _is_intact(content, entry):
            return ascii(entry.filename)
    return None


def _is_intact(content: Content, entry: zipfile.ZipInfo) -> bool:
    """Return whether an entry has its size and checksum; one of an unknown method counts as intact."""
    content.file.seek(entry.header_offset)
    signature, name, extra = _LOCAL_HEADER.unpack(content.file.read(_LOCAL_HEADER.size))
    if signature != _FIRST[0]:
        return False
    content.file.seek(name + extra, 1)
    size, checksum = 0, 0
    try:
        for piece in _unpacked(content, entry):
            size, checksum = size + len(piece), zlib.crc32(piece, checksum)
            if size > entry.file_size:
                return False
    except NotImplementedError:
        return True
    except ERRORS:
        return False
    return (size, checksum) == (entry.file_size, entry.CRC)


def _unpacked(content: Content, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    stream, header = _stream(content, entry.compress_type)
    for piece in content.part(entry.compress_size - header):
        for unpacked in stream.feed(piece):
            yield unpacked
            content.budget.check()
        if stream.eof:
            return


def _stream(content: Content, method: int) -> tuple[Stream, int]:
    """Return the decompressor of an entry, and the size of the header that was read for it."""
    match method:
        case zipfile.ZIP_STORED:
            return Stored(), 0
        case zipfile.ZIP_DEFLATED:
            return Gzip(-zlib.MAX_WBITS), 0
        case zipfile.ZIP_BZIP2:
            return Bzip2(), 0
        case zipfile.ZIP_LZMA:
            (length,) = _LZMA_HEADER.unpack(content.file.read(_LZMA_HEADER.size))
            return _lzma(content.file.read(length)), _LZMA_HEADER.size + length
        case _:
            raise NotImplementedError(f"compression method {method}")


def _lzma(properties: bytes) -> Lzma:
    """Return the decompressor for LZMA properties (lzma-specification 1.1): a byte with three numbers, a size."""
    numbers, dictionary = _LZMA_PROPERTIES.unpack(properties)
    if dictionary > MEMORY_BYTES:
        raise NotImplementedError("a dictionary that is too large")
    lc, remainder = numbers % 9, numbers // 9
    options = {"id": lzma.FILTER_LZMA1, "dict_size": dictionary, "lc": lc, "lp": remainder % 5, "pb": remainder // 5}
    return Lzma(lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[options]))
