"""Tar archives: each regular file is a member."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from typing import BinaryIO, cast

from copytaster.errors import PermanentError
from copytaster.model.disposition import Reason
from copytaster.parsing.containers.bounded_stream import bounded_member
from copytaster.parsing.containers.member_names import is_member, printable_member
from copytaster.parsing.original import Original
from copytaster.parsing.parser import BadItem, Member

_MARK, _MARK_AT = b"ustar", 257


class TarParser:
    """Parses tar archives; a compressed one is a member of a compressed file."""

    format = "tar"

    def score(self, original: Original) -> float:
        """Return .95 for the format's signature."""
        return 0.95 if original.head.startswith(_MARK, _MARK_AT) else 0.0

    def parse(self, original: Original) -> Iterator[Member | BadItem]:
        """Yield the files in the archive's order."""
        try:
            with tarfile.open(fileobj=original.open(), mode="r:") as archive:
                for entry in archive:
                    if not entry.isdir() and is_member(entry.name):
                        yield _item(archive, entry, original)
                    # tarfile keeps every entry in memory, which is much for a large archive.
                    archive.members = []  # type: ignore[attr-defined]
        except tarfile.TarError as error:
            raise PermanentError(
                Reason.PARSE_FAILED, f"{original.name} is damaged: {error}. Ask the sender for it again."
            ) from error


def _item(archive: tarfile.TarFile, entry: tarfile.TarInfo, original: Original) -> Member | BadItem:
    name = printable_member(entry.name)
    if not entry.isfile():
        return BadItem(name, Reason.NOT_A_FILE, f"{original.name}!{name} is a link or a device, not a file.")
    start = lambda: cast("BinaryIO", archive.extractfile(entry))  # noqa: E731 - a def would say no more
    return Member(name, lambda: bounded_member(start, locator=name, packed=entry.size, original=original))
