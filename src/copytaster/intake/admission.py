"""What is refused unread, and why: the rules at the door."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass

from copytaster.intake.printable_names import printable
from copytaster.model.delivery import Outcome
from copytaster.model.disposition import Disposition, Reason
from copytaster.model.limits import Limits

MOST_PATH_BYTES = 1_024
"""The longest name that S3 gives an object; Linux ends at 4,096, from which claims and quarantine take their share."""

MOST_FOLDERS = 32
"""No sender sorts so deep; a folder that was copied into itself goes on until the system's limit."""

READABLE = stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH


@dataclass(frozen=True, slots=True)
class AdmissionRules:
    """The rules: ``limits`` say how large a file may be."""

    limits: Limits

    def examine(self, path: str, found: os.stat_result) -> Outcome | None:
        """Return the refusal of a file (``lstat`` result ``found``), None when it may be read."""
        return _by_path(path, found) or self._by_size(path, found)

    def _by_size(self, path: str, found: os.stat_result) -> Outcome | None:
        if found.st_size == 0:
            return _rejected(Reason.EMPTY, f"{path} is empty (0 bytes)")
        if found.st_size > (most := self.limits.bytes_of(path)):
            return _rejected(Reason.TOO_LARGE, f"{path} has {found.st_size:,} bytes; the limit is {most:,} bytes")
        if not found.st_mode & READABLE:
            return unreadable(path, "no one has permission to read it")
        return None


def unreadable(path: str, why: str) -> Outcome:
    """Return the outcome for a file that cannot be opened: quarantine, since a person can mend it."""
    message = f"{printable(path)} cannot be read: {why}"
    return Outcome(disposition=Disposition.QUARANTINED, reason=Reason.UNREADABLE, message=message)


def _by_path(path: str, found: os.stat_result) -> Outcome | None:
    """Return the refusal of what is no file, or of a path that cannot be used."""
    name = printable(path)
    if not stat.S_ISREG(found.st_mode):
        kind = _KINDS.get(stat.S_IFMT(found.st_mode), "a special file")
        return _rejected(Reason.NOT_A_FILE, f"{name} is {kind}, not a regular file; links are not followed")
    if name != path:
        return _rejected(Reason.BAD_NAME, f"the name '{name}' has control characters or is not UTF-8")
    too_long = _too_long(path)
    return _rejected(Reason.PATH_TOO_LONG, too_long) if too_long else None


def _too_long(path: str) -> str | None:
    folders, length = path.count("/"), len(os.fsencode(path))
    if length <= MOST_PATH_BYTES and folders <= MOST_FOLDERS:
        return None
    return (
        f"the path of {path.rsplit('/', 1)[-1]} below the inbox has {length:,} bytes and {folders} folders;"
        f" the limits are {MOST_PATH_BYTES:,} bytes and {MOST_FOLDERS} folders"
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
