"""Which members of an archive are read, and under which name they are shown."""

from __future__ import annotations

from pathlib import PurePosixPath

_LEFT_OUT = ("__MACOSX", ".DS_Store", "Thumbs.db")
"""What operating systems put beside people's files; nobody sends it on purpose."""


def is_read(name: str) -> bool:
    """Say whether a member is a file that somebody meant to send: no hidden one, no system's own."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return bool(parts) and not any(part in _LEFT_OUT or part.startswith("._") for part in parts)


def shown(name: str) -> str:
    """Return a member's name for people. It is never a path: nothing is unpacked into a folder."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in name)
