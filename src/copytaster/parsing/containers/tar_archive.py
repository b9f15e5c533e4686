"""Tar archives: each regular file is a member."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO, cast

from copytaster.errors import RefusedError
from copytaster.model.disposition import Reason
from copytaster.parsing.containers.bounded_stream import bounded_member, damage_reported
from copytaster.parsing.containers.member_names import is_member, link_or_device, printable_member
from copytaster.parsing.containers.member_sidecars import described
from copytaster.parsing.original import Original
from copytaster.parsing.parser import BadItem, Item, Member, Searching

_MARK, _MARK_AT = b"ustar", 257

LOOK_AHEAD = 1024 * 1024 * 1024
"""Bytes of a compressed archive that are searched for sidecars before its first file is read: three to five seconds,
after which each slice of a delivery begins. A worker's lease has to last for both."""


class TarParser:
    """Parses tar archives; a compressed one is a member of a compressed file."""

    format = "tar"

    def score(self, original: Original) -> float:
        """Return .95 for the format's signature."""
        return 0.95 if original.head.startswith(_MARK, _MARK_AT) else 0.0

    def parse(self, original: Original) -> Iterator[Item | Searching]:
        """Yield the files in the archive's order."""
        # The entries of a file are found by seeking; those of a stream only by unpacking what is between them.
        ahead = partial(_members, original, most=LOOK_AHEAD if original.descriptor is None else None)
        yield from described(original, partial(_members, original), ahead=ahead)


def _members(original: Original, *, most: int | None = None) -> Iterator[Member | BadItem]:
    """Yield the files. Raises ``RefusedError`` behind ``most`` bytes."""
    file = original.open()
    with damage_reported(original.name):
        # Without ignore_zeros tarfile ends the archive at a damaged header, and raises no error. It is not closed: the
        # members are opened later, and the file belongs to the original.
        archive = tarfile.open(fileobj=file, mode="r:", ignore_zeros=True)  # noqa: SIM115
        for entry in _entries(archive, file, original):
            if most is not None and archive.offset > most:
                raise RefusedError(Reason.TOO_LARGE, f"{original.name} unpacks to more than {most:,} bytes.")
            if isinstance(entry, BadItem):
                yield entry
            elif not entry.isdir() and is_member(entry.name):
                yield _item(archive, entry, original)


def _entries(archive: tarfile.TarFile, file: BinaryIO, original: Original) -> Iterator[tarfile.TarInfo | BadItem]:
    """Yield the entries, and a bad item for each place where a header is damaged; reading continues behind it."""
    expected = 0
    while True:
        failure = ""
        try:
            entry = archive.next()
        except (tarfile.TarError, ValueError, EOFError) as error:
            entry, failure = None, str(error)
            # One block further, or the same header would be read again.
            archive.offset = max(archive.offset, expected + tarfile.BLOCKSIZE)
        # tarfile keeps every entry in memory, which is much for a large archive.
        archive.members = []  # type: ignore[attr-defined]
        if (entry is None or entry.offset > expected) and _is_data(file, expected):
            yield _damaged(original, expected, failure or "its header is invalid")
        if entry is not None:
            yield entry
        elif not failure or expected >= original.size:
            return
        expected = archive.offset


def _is_data(file: BinaryIO, offset: int) -> bool:
    """Say whether a block has other bytes than the zeros at an archive's end; the file's position does not change."""
    position = file.tell()
    file.seek(offset)
    block = file.read(tarfile.BLOCKSIZE)
    file.seek(position)
    return bool(block.strip(b"\x00"))


def _damaged(original: Original, offset: int, cause: str) -> BadItem:
    message = f"{original.name} has a damaged entry at byte {offset:,}: {cause[:200]}. Ask the sender for it again."
    return BadItem(f"byte {offset}", Reason.PARSE_FAILED, message, refused=False)


def _item(archive: tarfile.TarFile, entry: tarfile.TarInfo, original: Original) -> Member | BadItem:
    name = printable_member(entry.name)
    if not entry.isfile():
        return link_or_device(name, original.name)
    start = lambda: cast("BinaryIO", archive.extractfile(entry))  # noqa: E731 - a def would say no more
    return Member(name, lambda: bounded_member(start, locator=name, packed=entry.size, original=original))
