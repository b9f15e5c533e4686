"""Printable, JSON-safe file names."""

from __future__ import annotations

from copytaster.intake.lanes import BACKFILL_FOLDER
from copytaster.model.printable_text import is_control, needs_escape


def printable(path: str) -> str:
    r"""Return ``path`` with control characters and undecodable bytes escaped (``\n``, ``\u202e``, ``\udcff``)."""
    if _is_plain(path):
        return path
    return "".join(each.encode("unicode_escape").decode() if needs_escape(each) else each for each in path)


def has_control_characters(path: str) -> bool:
    """Return whether a path has control characters or bytes that are not UTF-8; marks of direction are neither."""
    return not _is_plain(path) and any(map(is_control, path))


def source_of(path: str) -> str | None:
    """Return the first folder of a path below the inbox, or below its backfill folder.

    Returns None for a file directly in the inbox.
    """
    first, slash, _ = path.removeprefix(f"{BACKFILL_FOLDER}/").partition("/")
    return printable(first) if slash else None


def _is_plain(path: str) -> bool:
    """Return whether a path has only printable ASCII characters: most have, and this is ten times as fast."""
    return path.isascii() and path.isprintable()
