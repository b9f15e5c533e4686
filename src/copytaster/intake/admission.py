"""The admission rules: which files are refused before they are read, and why."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from copytaster.intake.printable_names import has_control_characters, printable
from copytaster.model.delivery import Outcome
from copytaster.model.disposition import Disposition, Reason
from copytaster.model.limits import Limits

MAX_PATH_BYTES = 1_024
"""The longest object name in S3. Linux allows paths of 4,096 bytes; claims and quarantine add folders to them."""

MAX_FOLDERS = 32
"""Deeper than any source's folders. A folder that was copied into itself nests down to the system's limit."""

READABLE = stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH


@dataclass(frozen=True, slots=True)
class AdmissionRules:
    """The admission rules; ``limits`` gives the largest file size."""

    limits: Limits

    def examine(self, path: str, found: os.stat_result) -> Outcome | None:
        """Return the refusal of a file, None if it is admitted. ``found`` is its ``lstat`` result."""
        return _by_path(path, found) or self._by_size(path, found)

    def _by_size(self, path: str, found: os.stat_result) -> Outcome | None:
        name = printable(path)
        if found.st_size == 0:
            return _rejected(Reason.EMPTY, f"{name} is empty (0 bytes)")
        if found.st_size > (most := self.limits.bytes_of(path)):
            return _rejected(Reason.TOO_LARGE, f"{name} has {found.st_size:,} bytes; the limit is {most:,} bytes")
        if not found.st_mode & READABLE:
            return unreadable(path, "no one has permission to read it")
        return None


def unreadable(path: str, why: str) -> Outcome:
    """Return the outcome of a file that cannot be opened: quarantine, since a person can correct the permissions."""
    message = f"{printable(path)} cannot be read: {why}"
    return Outcome(disposition=Disposition.QUARANTINED, reason=Reason.UNREADABLE, message=message)


def _by_path(path: str, found: os.stat_result) -> Outcome | None:
    """Return the refusal of anything but a regular file with a valid path, else None."""
    name = printable(path)
    if not stat.S_ISREG(found.st_mode):
        return _rejected(Reason.NOT_A_FILE, f"{name} is {_kind(found)}, not a regular file; links are not followed")
    if has_control_characters(path):
        return _rejected(Reason.BAD_NAME, f"the name '{name}' has control characters or is not UTF-8")
    too_long = _too_long(path)
    return _rejected(Reason.PATH_TOO_LONG, too_long) if too_long else None


def require_regular_file(file: Path) -> None:
    """Raise ``OSError`` unless a file is a regular one or a link to one: a copy of a device may have no end."""
    found = file.stat()
    if not stat.S_ISREG(found.st_mode):
        raise OSError(f"it is {_kind(found)}, not a regular file")


def _kind(found: os.stat_result) -> str:
    return _KINDS.get(stat.S_IFMT(found.st_mode), "a special file")


def _too_long(path: str) -> str | None:
    folders, length = path.count("/"), len(os.fsencode(path))
    if length <= MAX_PATH_BYTES and folders <= MAX_FOLDERS:
        return None
    return (
        f"the path of {printable(path.rsplit('/', 1)[-1])} below the inbox has {length:,} bytes and {folders} folders;"
        f" the limits are {MAX_PATH_BYTES:,} bytes and {MAX_FOLDERS} folders"
    )


def _rejected(reason: Reason, message: str) -> Outcome:
    return Outcome(disposition=Disposition.REJECTED, reason=reason, message=message)


_KINDS = {
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFDIR: "a folder",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
