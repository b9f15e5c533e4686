"""Which members of an archive are read, and their names for people."""

from __future__ import annotations

from pathlib import PurePosixPath

from copytaster.model.ignored_names import IgnoredNames

_IGNORED = IgnoredNames()


def is_member(name: str) -> bool:
    """Return whether a member is read: all are, except files that operating systems and other programs add."""
    *folders, file = PurePosixPath(name.replace("\\", "/")).parts or ("",)
    return bool(file) and not (any(map(_IGNORED.writer_of_folder, folders)) or _IGNORED.writer_of_file(file))


def printable_member(name: str) -> str:
    """Return a member's printable name. It is never used as a path: members are not unpacked into folders."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in name)
