"""Which members of an archive are read, and their names for people."""

from __future__ import annotations

from pathlib import PurePosixPath

_LEFT_OUT = ("__MACOSX", ".DS_Store", "Thumbs.db")
"""Files that operating systems add to archives."""


def is_member(name: str) -> bool:
    """Return whether a member is read: all are, except files that operating systems add."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return bool(parts) and not any(part in _LEFT_OUT or part.startswith("._") for part in parts)


def printable_member(name: str) -> str:
    """Return a member's printable name. It is never used as a path: members are not unpacked into folders."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in name)
