"""Names and moves in a folder where nothing is ever overwritten."""

from __future__ import annotations

import hashlib
import itertools
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from copytaster.archive.durable_files import write_atomically

NAME_BYTES = 255
"""The longest file name, in bytes, that Linux filesystems take."""

SUFFIX_BYTES = 16
"""Longer than any format's extension; what is longer is part of the name, and may be cut with it."""

LARGEST_CHARACTER = 4
"""Bytes of a character in UTF-8, at most; a cut name is this much shorter than it might be."""


def beside(file: Path, suffix: str) -> Path:
    """Return ``file`` with a suffix; a name that would be too long is cut and marked by its hash."""
    name = file.name + suffix
    if len(os.fsencode(name)) > NAME_BYTES:
        mark = hashlib.sha256(os.fsencode(file.name)).hexdigest()[:8]
        kept = os.fsencode(file.name)[: NAME_BYTES - len(suffix) - len(mark) - 1]
        name = f"{kept.decode(errors='ignore')}-{mark}{suffix}"
    return file.with_name(name)


def free_names(wanted: Path) -> Iterator[Path]:
    """Yield the name that is wanted, then ``NAME.2.EXT`` and so on, cut where it would be too long."""
    yield wanted
    suffix = wanted.suffix if len(os.fsencode(wanted.suffix)) <= SUFFIX_BYTES else ""
    stem = wanted.name.removesuffix(suffix)
    for number in itertools.count(2):
        end = f".{number}{suffix}"
        room = NAME_BYTES - len(os.fsencode(end))
        fits = len(os.fsencode(stem)) <= room
        yield wanted.with_name((stem if fits else os.fsencode(stem)[:room].decode(errors="ignore")) + end)


def move(file: Path, target: Path) -> None:
    """Rename where one filesystem allows it; else copy, then remove, so that a crash leaves two copies, never none."""
    try:
        file.rename(target)
    except OSError:
        copy(file, target)
        file.unlink()


def copy(file: Path, target: Path) -> None:
    """Copy a file or link so that it appears whole."""
    write_atomically(target, lambda temporary: shutil.copy2(file, temporary, follow_symlinks=False))


def copy_readable(file: Path, target: Path) -> None:
    """Copy a file that stays where it is, unless that was done before.

    What is neither file nor link, or may not be read, is not copied: its report has to do.
    """
    if not os.path.lexists(target) and stat.S_IFMT(file.lstat().st_mode) in {stat.S_IFREG, stat.S_IFLNK}:
        with suppress(PermissionError):
            copy(file, target)
