"""Zip archives: each file is a member; of a web archive (WACZ) each crawl."""

from __future__ import annotations

import re
import stat
import zipfile
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO, cast

from copytaster.model.disposition import Reason
from copytaster.parsing.containers.bounded_stream import bounded_member, damage_reported
from copytaster.parsing.containers.member_names import is_member, link_or_device, printable_member
from copytaster.parsing.containers.member_sidecars import described
from copytaster.parsing.failures import outages_reported
from copytaster.parsing.original import Original
from copytaster.parsing.parser import BadItem, Item, Member, Searching

_ENCRYPTED = 1
"""The bit in an entry's flags, after the format's specification (APPNOTE 4.4.4)."""

_UNIX = 3
"""The system (APPNOTE 4.4.2) whose entries have the kind of file in the upper half of their attributes."""

_DOCUMENT_FILES = frozenset(["[Content_Types].xml", "mimetype"])
"""Outermost files of documents that are zip archives: of Microsoft's (ECMA-376-2), and of OpenDocument and EPUB."""

_NAME_AT = 30
"""Offset of the first entry's name (APPNOTE 4.3.7)."""

_WACZ_DESCRIPTION = "datapackage.json"
"""The description that each web archive has (WACZ 1.1.1, datapackage.json)."""

_CRAWL = re.compile(r"archive/.+\.warc(?:\.gz)?|[^/]+\.wacz", re.IGNORECASE | re.DOTALL)
"""The crawls in a web archive (WACZ 1.1.1, archive), and the web archives in a collection of them."""


class ZipParser:
    """Parses zip archives, except those that are one document."""

    format = "zip"

    def score(self, original: Original) -> float:
        """Return .9 for the signature of an archive."""
        head = original.head
        if head.startswith(b"PK\x05\x06"):
            return 0.9
        return 0.9 if head.startswith(b"PK\x03\x04") and not _is_document(original) else 0.0

    def parse(self, original: Original) -> Iterator[Item | Searching]:
        """Yield the files in the order of the archive's directory; of a web archive only its crawls."""
        with damage_reported(original.name):
            archive = zipfile.ZipFile(original.open())
        entries = archive.infolist()
        members = [each for each in _crawls(entries) or entries if is_member(each.filename)]
        yield from described(original, lambda: (_item(archive, each, original) for each in members))


def _is_document(original: Original) -> bool:
    """Return whether the archive is one document, whose parts are no articles, whatever their order."""
    names = [name.encode() for name in _DOCUMENT_FILES]
    if not any(name in original.head or name in original.tail for name in names):
        return False
    try:
        with outages_reported(original.name):
            return not _DOCUMENT_FILES.isdisjoint(zipfile.ZipFile(original.open()).namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):  # the directory is damaged
        return original.head.startswith(tuple(names), _NAME_AT)


def _crawls(entries: list[zipfile.ZipInfo]) -> list[zipfile.ZipInfo]:
    """Return the crawls in a web archive (WACZ), none in other archives.

    Its other files are indexes, logs, and a list of the pages with all words on them: menus as well as articles.
    """
    if all(entry.filename != _WACZ_DESCRIPTION for entry in entries):
        return []
    return [entry for entry in entries if _CRAWL.fullmatch(entry.filename)]


def _item(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, original: Original) -> Member | BadItem:
    name = printable_member(entry.filename)
    if entry.flag_bits & _ENCRYPTED:
        return BadItem(name, Reason.ENCRYPTED, f"{original.name}!{name} is protected by a password.")
    if entry.create_system == _UNIX and stat.S_IFMT(entry.external_attr >> 16) not in {0, stat.S_IFREG}:
        return link_or_device(name, original.name)
    start = partial(_open, archive, entry)
    return Member(name, lambda: bounded_member(start, locator=name, packed=entry.compress_size, original=original))


def _open(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> BinaryIO:
    return cast("BinaryIO", archive.open(entry))
