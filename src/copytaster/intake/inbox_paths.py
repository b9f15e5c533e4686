"""Paths in the inbox at which this program creates files itself."""

from __future__ import annotations

from pathlib import Path


def writable_path(inbox: Path, path: str) -> Path:
    """Return ``inbox/path`` after creating its folder.

    Raises ``OSError``, also if a link on the way leads out of the inbox.
    """
    target = inbox / path
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.parent.resolve().is_relative_to(inbox.resolve()):
        raise OSError(f"{target} is outside the inbox")
    return target
