"""File names and moves in a folder in which nothing is ever overwritten."""

from __future__ import annotations

import hashlib
import itertools
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import suppress
from errno import EXDEV
from itertools import islice
from pathlib import Path

from copytaster.archive.durable_files import write_atomically
from copytaster.model.delivery import DeliveryId
from copytaster.model.limits import MEBIBYTE
from copytaster.model.metadata import SIDECAR

REPORT = ".error.json"
"""The suffix of a report: ``story.html.error.json`` is the report on ``story.html``."""

NAME_BYTES = 255
"""The longest file name, in bytes, that Linux filesystems accept."""

SUFFIX_BYTES = 16
"""No format has a longer extension; a longer suffix counts as part of the name and may be cut."""

LARGEST_CHARACTER = 4
"""The most bytes of a character in UTF-8; a shortened name may be this much shorter than the limit."""

MAX_NUMBER = 9
"""The largest number in a name. Each numbered name costs the reading of a report; a second file of one name is common,
a tenth one is not."""

UNCUT_CHARACTERS = 50
"""The first characters of a name that shortening never removes, even if each has four bytes."""

COPIED_SIDECAR_BYTES = MEBIBYTE
"""Sixteen times the limit of a sidecar: what a person may have to correct is copied whole."""


def report_path(file: Path) -> Path:
    """Return the path of the report on ``file``; a name that would be too long is shortened and gets a hash."""
    return _with_suffix(file, REPORT)


def sidecar_path(file: Path) -> Path:
    """Return the path of the sidecar of ``file``; a name that would be too long is shortened and gets a hash."""
    return _with_suffix(file, SIDECAR)


def sidecar_beside(file: Path) -> Path | None:
    """Return the sidecar of a quarantined file, whether the file exists or not; None if it has none."""
    sidecar = sidecar_path(file)
    is_one = sidecar.is_symlink() or sidecar.is_file()
    # If it has a report, it is a rejected file whose name looks like a sidecar's.
    return sidecar if is_one and not os.path.lexists(report_path(sidecar)) else None


def _with_suffix(file: Path, suffix: str) -> Path:
    name = file.name + suffix
    if len(os.fsencode(name)) > NAME_BYTES:
        name_hash = hashlib.sha256(os.fsencode(file.name)).hexdigest()[:8]
        start = os.fsencode(file.name)[: NAME_BYTES - len(suffix) - len(name_hash) - 1]
        name = f"{start.decode(errors='ignore')}-{name_hash}{suffix}"
    return file.with_name(name)


def numbered_names(preferred: Path) -> Iterator[Path]:
    """Yield the preferred path, then ``NAME.2.EXT`` and so on; names that would be too long are shortened."""
    yield preferred
    for number in itertools.count(2):
        yield _with_ending(preferred, f".{number}")


def delivery_names(preferred: Path, delivery_id: DeliveryId) -> Iterator[Path]:
    """Yield the names that a delivery's file may get: the preferred one, eight numbered ones, then one with its id.

    Few names are tried, however many files of the same name are stored. The names after that are used only if a person
    has created a file under the name with the id.
    """
    yield from islice(numbered_names(preferred), MAX_NUMBER)
    yield from numbered_names(_with_ending(preferred, f".{delivery_id}"))


def _with_ending(file: Path, ending: str) -> Path:
    """Return the path with ``ending`` before its suffix."""
    suffix = file.suffix if len(os.fsencode(file.suffix)) <= SUFFIX_BYTES else ""
    stem, room = file.name.removesuffix(suffix), NAME_BYTES - len(os.fsencode(ending + suffix))
    fits = len(os.fsencode(stem)) <= room
    return file.with_name((stem if fits else os.fsencode(stem)[:room].decode(errors="ignore")) + ending + suffix)


def move(file: Path, target: Path) -> None:
    """Rename a file; across filesystems copy it, then remove it, so that a crash leaves two copies, never none.

    A pipe, a socket or a device has no bytes to copy.
    """
    try:
        file.rename(target)
    except OSError as error:
        if error.errno != EXDEV or _has_bytes(file):
            copy(file, target)
        file.unlink()


def copy(file: Path, target: Path) -> None:
    """Copy a file or symbolic link atomically."""
    write_atomically(target, lambda temporary: shutil.copy2(file, temporary, follow_symlinks=False))


def copy_sidecar(sidecar: Path, target: Path) -> None:
    """Copy a sidecar with its times; a link is copied as a link. Raises ``OSError``.

    Of one that is far too large to be a sidecar only the beginning is copied: it may be larger than the disk.
    """
    target.unlink(missing_ok=True)
    if sidecar.is_symlink():
        shutil.copy2(sidecar, target, follow_symlinks=False)
        return
    descriptor = os.open(sidecar, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as content:
        target.write_bytes(content.read(COPIED_SIDECAR_BYTES))
    shutil.copystat(sidecar, target, follow_symlinks=False)


def copy_readable(file: Path, target: Path) -> None:
    """Copy a file that stays in the inbox, unless ``target`` exists.

    Nothing is copied if it is neither a regular file nor a symbolic link, or if reading is not permitted.
    """
    if not os.path.lexists(target) and _has_bytes(file):
        with suppress(PermissionError):
            copy(file, target)


def _has_bytes(file: Path) -> bool:
    return stat.S_IFMT(file.lstat().st_mode) in {stat.S_IFREG, stat.S_IFLNK}
