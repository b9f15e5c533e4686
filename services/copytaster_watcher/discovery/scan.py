"""Scans of the inbox, which are authoritative: filesystem events may be lost."""

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
"""Errors of a single folder or file: it is skipped, and the rest of the inbox is still taken."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file's state in a scan: size in bytes, times in nanoseconds, inode, device."""

    size: int
    modified: int
    changed: int
    inode: int
    device: int = 0

    @property
    def state(self) -> FileState:
        """The part of the state that identifies an arrival: permissions and names are not in it."""
        return FileState(self.device, self.inode, self.size, self.modified)


class Scan(Protocol):
    """Lists the inbox."""

    def __call__(self) -> dict[str, Found]:
        """Return the files to take by path below the inbox, including links, special files and sidecars."""
        ...


class FolderScan:
    """Lists a folder and its sub-folders; links are not followed. Cost: about 2 s for a million files."""

    def __init__(self, inbox: Path) -> None:
        self._inbox = inbox
        self._skipped = set[str]()

    def __call__(self) -> dict[str, Found]:
        """Return the files to take; see ``Scan``.

        Files that vanish meanwhile are left out; an unreadable folder is logged once.
        """
        files: dict[str, Found] = {}
        self._scan_folder("", files)
        return files

    def _scan_folder(self, folder: str, files: dict[str, Found]) -> None:
        try:
            entries = list(os.scandir(self._inbox / folder))
        except FileNotFoundError:
            if not folder:
                raise
            return
        except OSError as error:
            if not folder or error.errno not in SKIPPED:
                raise
            self._skip(folder, error)
            return
        for entry in entries:
            path = f"{folder}/{entry.name}" if folder else entry.name
            if entry.is_dir(follow_symlinks=False):
                if is_entered(entry.name):
                    self._scan_folder(path, files)
            elif is_taken(entry.name) or is_sidecar(entry.name):
                self._add_file(path, entry, files)

    def _add_file(self, path: str, entry: os.DirEntry[str], files: dict[str, Found]) -> None:
        try:
            state = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            return
        except OSError as error:
            if error.errno not in SKIPPED:
                raise
            self._skip(path, error)
            return
        files[path] = Found(state.st_size, state.st_mtime_ns, state.st_ctime_ns, state.st_ino, state.st_dev)

    def _skip(self, path: str, error: OSError) -> None:
        if path not in self._skipped:
            self._skipped.add(path)
            log.warning("scan.skipped", path=printable(path), why=error.strerror)
