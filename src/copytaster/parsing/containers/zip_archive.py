"""Zip archives: each file is a member."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO, cast

from copytaster.model.disposition import Reason
from copytaster.parsing.containers.bounded_stream import bounded_member, damage_reported
from copytaster.parsing.containers.member_names import is_member, link_or_device, printable_member
from copytaster.parsing.original import Original
from copytaster.parsing.parser import BadItem, Member

_ENCRYPTED = 1
"""The bit in an entry's flags, after the format's specification (APPNOTE 4.4.4)."""

_UNIX = 3
"""The system (APPNOTE 4.4.2) whose entries have the kind of file in the upper half of their attributes."""

_DOCUMENTS = (b"[Content_Types].xml", b"mimetype", b"word/", b"xl/", b"ppt/")
"""Names of the first entry in documents that are zip archives, such as DOCX; their parts are no articles."""

_NAME_AT = 30
"""Offset of the first entry's name (APPNOTE 4.3.7)."""


class ZipParser:
    """Parses zip archives, except those that are one document."""

    format = "zip"

    def score(self, original: Original) -> float:
        """Return .9 for the signature of an archive."""
        head = original.head
        if head.startswith(b"PK\x05\x06"):
            return 0.9
        return 0.9 if head.startswith(b"PK\x03\x04") and not head.startswith(_DOCUMENTS, _NAME_AT) else 0.0

    def parse(self, original: Original) -> Iterator[Member | BadItem]:
        """Yield the files in the order of the archive's directory."""
        with damage_reported(original.name):
            archive = zipfile.ZipFile(original.open())
        for entry in archive.infolist():
            if not entry.is_dir() and is_member(entry.filename):
                yield _item(archive, entry, original)


def _item(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, original: Original) -> Member | BadItem:
    name = printable_member(entry.filename)
    if entry.flag_bits & _ENCRYPTED:
        return BadItem(name, Reason.ENCRYPTED, f"{original.name}!{name} is protected by a password.")
    if entry.create_system == _UNIX and stat.S_IFMT(entry.external_attr >> 16) not in {0, stat.S_IFREG}:
        return link_or_device(name, original.name)
    start = partial(_open, archive, entry, original.name)
    return Member(name, lambda: bounded_member(start, locator=name, packed=entry.compress_size, original=original))


def _open(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str) -> BinaryIO:
    with damage_reported(name):
        return cast("BinaryIO", archive.open(entry))
