"""Paths in the inbox at which this program creates files itself."""

from __future__ import annotations

import os
from pathlib import Path

from copytaster.model.metadata import SIDECAR
from copytaster.quarantine.file_names import NAME_BYTES, copy_sidecar
from copytaster.system.open_files import is_same_file, return_to_free_name


def writable_path(inbox: Path, path: str) -> Path:
    """Return ``inbox/path`` after creating its folder.

    Raises ``OSError``, also if a link on the way leads out of the inbox.
    """
    target = inbox / path
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.parent.resolve().is_relative_to(inbox.resolve()):
        raise OSError(f"{target} is outside the inbox")
    return target


def return_file(file: Path, inbox: Path, path: str, *, sidecar: Path | None) -> None:
    """Move a file to ``inbox/path``, after a copy of its sidecar, unless the inbox has a newer one.

    Raises ``OSError``, also if the inbox has another file there.
    """
    target = writable_path(inbox, path)
    if os.path.lexists(target) and not is_same_file(file, target):
        raise FileExistsError(f"the inbox has another file of this name, {target}")
    if sidecar:
        _copy_to_free_name(sidecar, target.with_name(target.name + SIDECAR))
    return_to_free_name(file, target)


def _copy_to_free_name(sidecar: Path, target: Path) -> None:
    if not os.path.lexists(target):
        unfinished = target.with_name(f".{target.name}.returned"[-NAME_BYTES:])
        copy_sidecar(sidecar, unfinished)
        try:
            return_to_free_name(unfinished, target)
        except FileExistsError:
            unfinished.unlink()
