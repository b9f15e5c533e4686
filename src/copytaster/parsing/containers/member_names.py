"""Which members of an archive are read, and their names for people."""

from __future__ import annotations

from pathlib import PurePosixPath

from copytaster.model.disposition import Reason
from copytaster.model.ignored_names import IgnoredNames
from copytaster.parsing.parser import BadItem

_IGNORED = IgnoredNames()


def is_member(name: str) -> bool:
    """Return whether a member is read: all are, except folders, and files that operating systems and programs add."""
    path = name.replace("\\", "/")
    *folders, file = PurePosixPath(path).parts or ("",)
    if not file or path.endswith("/"):
        return False
    return not (any(map(_IGNORED.writer_of_folder, folders)) or _IGNORED.writer_of_file(file))


def printable_member(name: str) -> str:
    """Return a member's printable name. It is never used as a path: members are not unpacked into folders."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in name)


def link_or_device(name: str, archive: str) -> BadItem:
    """Return the item for a member that is no file; a link is not followed."""
    return BadItem(name, Reason.NOT_A_FILE, f"{archive}!{name} is a link or a device, not a file.")
