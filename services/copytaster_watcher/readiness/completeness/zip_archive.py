"""Zip archives and formats based on them (DOCX, ODT, EPUB): a directory at the end, and checksums."""

from __future__ import annotations

import struct
import zipfile
import zlib

from copytaster_watcher.readiness.completeness.content import PIECE, Content
from copytaster_watcher.readiness.completeness.verdict import PROVEN, Verdict, early, unsure

_FIRST = (b"PK\x03\x04", b"PK\x05\x06")
_END = b"PK\x05\x06"
_END_BYTES = 22

MOST_ENTRIES = 10_000
"""The checksums of an archive with more entries are not verified: its directory alone would take much memory."""

ENCRYPTED = 1
"""The bit in an entry's flags, from the format's specification (APPNOTE 4.4.4)."""


def judge(content: Content) -> Verdict | None:
    """Return the verdict; None for other formats. Cost: unpacks at most ``content.limit`` bytes."""
    if not content.head.startswith(_FIRST):
        return None
    at = content.tail.rfind(_END)
    if at < 0 or len(content.tail) - at < _END_BYTES:
        return early("the zip archive's directory at its end")
    entries = struct.unpack_from("<H", content.tail, at + 10)[0]
    if entries > MOST_ENTRIES:
        return PROVEN
    try:
        damaged = _damaged(content)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError, struct.error):
        damaged = "an entry"
    # Only checksums show damage, and holes left by a writer that allocates the file first and fills it later.
    return unsure(f"the right content of {damaged} in the zip archive") if damaged else PROVEN


def _damaged(content: Content) -> str | None:
    """Return the first entry whose checksum is wrong, among those that fit into the limit."""
    left = content.limit
    with zipfile.ZipFile(content.file) as archive:
        for entry in archive.infolist():
            if entry.flag_bits & ENCRYPTED:
                continue
            left -= entry.file_size
            if left < 0:
                return None
            if not _is_intact(archive, entry):
                return ascii(entry.filename)
    return None


def _is_intact(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bool:
    try:
        with archive.open(entry) as file:
            while file.read(PIECE):
                pass
    except (zipfile.BadZipFile, zlib.error, EOFError):
        return False
    return True
