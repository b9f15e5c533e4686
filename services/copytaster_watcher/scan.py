"""What lies in the inbox: the truth, where the filesystem's events are only a hint."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from copytaster.intake.names import is_entered, is_taken


@dataclass(frozen=True, slots=True)
class Found:
    """What tells one state of a file from another: size in bytes, times in nanoseconds, inode."""

    size: int
    modified: int
    changed: int
    inode: int


class Scan(Protocol):
    """Lists the inbox."""

    def __call__(self) -> dict[str, Found]:
        """Return the files to take by their path below the inbox, links and special files included."""
        ...


class FolderScan:
    """Lists a folder and its sub-folders; links are not followed. Cost: about 2 s for a million files."""

    def __init__(self, inbox: Path) -> None:
        self._inbox = inbox

    def __call__(self) -> dict[str, Found]:
        """Return the files to take; see ``Scan``. What vanishes while it looks is left out."""
        found: dict[str, Found] = {}
        self._look_into("", found)
        return found

    def _look_into(self, below: str, found: dict[str, Found]) -> None:
        try:
            entries = list(os.scandir(self._inbox / below))
        except (FileNotFoundError, PermissionError):
            if not below:
                raise
            return
        for entry in entries:
            path = f"{below}/{entry.name}" if below else entry.name
            if entry.is_dir(follow_symlinks=False):
                if is_entered(entry.name):
                    self._look_into(path, found)
            elif is_taken(entry.name):
                self._note(path, entry, found)

    def _note(self, path: str, entry: os.DirEntry[str], found: dict[str, Found]) -> None:
        try:
            state = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            return
        found[path] = Found(state.st_size, state.st_mtime_ns, state.st_ctime_ns, state.st_ino)
