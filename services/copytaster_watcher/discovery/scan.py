"""What lies in the inbox: the truth, where the filesystem's events are only a hint."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import structlog

from copytaster.intake.file_filter import is_entered, is_sidecar, is_taken
from copytaster.intake.printable_names import printable
from copytaster.model.file_state import FileState

log = structlog.get_logger(__name__)

SKIPPED = {errno.EACCES, errno.ENAMETOOLONG}
"""What is wrong with one folder or file alone: the rest of the inbox must not wait for it."""


@dataclass(frozen=True, slots=True)
class Found:
    """What tells one state of a file from another: size in bytes, times in nanoseconds, inode, device."""

    size: int
    modified: int
    changed: int
    inode: int
    device: int = 0

    @property
    def state(self) -> FileState:
        """What makes it another arrival when it changes; new permissions or a new name do not."""
        return FileState(self.device, self.inode, self.size, self.modified)


class Scan(Protocol):
    """Lists the inbox."""

    def __call__(self) -> dict[str, Found]:
        """Return the files to take by their path below the inbox, links, special files and sidecars included."""
        ...


class FolderScan:
    """Lists a folder and its sub-folders; links are not followed. Cost: about 2 s for a million files."""

    def __init__(self, inbox: Path) -> None:
        self._inbox = inbox
        self._skipped = set[str]()

    def __call__(self) -> dict[str, Found]:
        """Return the files to take; see ``Scan``.

        What vanishes meanwhile is left out; a folder that cannot be read is said once.
        """
        found: dict[str, Found] = {}
        self._look_into("", found)
        return found

    def _look_into(self, below: str, found: dict[str, Found]) -> None:
        try:
            entries = list(os.scandir(self._inbox / below))
        except FileNotFoundError:
            if not below:
                raise
            return
        except OSError as error:
            if not below or error.errno not in SKIPPED:
                raise
            self._skip(below, error)
            return
        for entry in entries:
            path = f"{below}/{entry.name}" if below else entry.name
            if entry.is_dir(follow_symlinks=False):
                if is_entered(entry.name):
                    self._look_into(path, found)
            elif is_taken(entry.name) or is_sidecar(entry.name):
                self._note(path, entry, found)

    def _note(self, path: str, entry: os.DirEntry[str], found: dict[str, Found]) -> None:
        try:
            state = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            return
        except OSError as error:
            if error.errno not in SKIPPED:
                raise
            self._skip(path, error)
            return
        found[path] = Found(state.st_size, state.st_mtime_ns, state.st_ctime_ns, state.st_ino, state.st_dev)

    def _skip(self, path: str, error: OSError) -> None:
        if path not in self._skipped:
            self._skipped.add(path)
            log.warning("scan.skipped", path=printable(path), why=error.strerror)
