"""Printable, JSON-safe file names."""

from __future__ import annotations

import unicodedata

from copytaster.intake.lanes import BACKFILL_FOLDER


def printable(path: str) -> str:
    r"""Return ``path`` with control characters and undecodable bytes escaped (``\n``, ``\udcff``)."""
    return "".join(each if _is_plain(each) else each.encode("unicode_escape").decode() for each in path)


def source_of(path: str) -> str | None:
    """Return the first folder of a path below the inbox, or below its backfill folder.

    Returns None for a file directly in the inbox.
    """
    first, slash, _ = path.removeprefix(f"{BACKFILL_FOLDER}/").partition("/")
    return printable(first) if slash else None


def _is_plain(character: str) -> bool:
    # Cc: control characters; Cs: the lone surrogates that stand for undecodable bytes; Zl, Zp: line separators.
    return unicodedata.category(character) not in {"Cc", "Cs", "Zl", "Zp"}
