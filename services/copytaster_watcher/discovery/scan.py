"""Scans the inbox. The watcher relies on these scans, because filesystem events can be lost."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import structlog

from copytaster.intake.file_filter import FileFilter
from copytaster.intake.printable_names import printable
from copytaster.model.file_state import FileState
from copytaster.model.sidecar_names import is_misspelled_source_file, is_sidecar

log = structlog.get_logger(__name__)

MAX_LEVELS = 128
"""Levels of folders that are scanned. The admission allows 32; the files below that are claimed and rejected, which
becomes slower with each level and impossible at some depth. Only folders copied into themselves are deeper."""

ADVICE = {
    errno.EACCES: "give the watcher's user the permission to read and enter it",
    errno.ENAMETOOLONG: "move its files to a folder with a shorter path",
}
"""What to do about the errors of a folder or file that people can correct."""

OTHER_ADVICE = "check its filesystem"

TOO_DEEP = f"it is more than {MAX_LEVELS} levels below the inbox; move its files to a folder with a shorter path"


@dataclass(frozen=True, slots=True)
class InboxFile:
    """What a scan read about a file: size in bytes, times of modification and of change in nanoseconds, inode, device.

    ``modified`` is the time of the last write (mtime), ``changed`` that of the last write or change of name or
    permissions (ctime).
    """

    size: int
    modified: int
    changed: int
    inode: int
    device: int = 0

    @property
    def state(self) -> FileState:
        """The fields that identify a delivery; without ``changed``, because a claim renames the file."""
        return FileState(self.device, self.inode, self.size, self.modified)


class Scan(Protocol):
    """Lists the inbox."""

    def __call__(self) -> dict[str, InboxFile]:
        """Return a mapping from the path below the inbox to each file to take: also links, special files, sidecars.

        A ``_source.yml`` in an unusual spelling is among them.
        """
        ...

    @property
    def unreachable(self) -> Mapping[str, str]:
        """The folders and files that the last scan could not read, by path, each with the reason and what to do."""
        ...

    @property
    def ignored(self) -> int:
        """The number of unfinished files and of files of other programs that the last scan passed over."""
        ...


class FolderScan:
    """Lists a folder and its sub-folders; links are not followed. Cost: about 2 s for a million files.

    With ``only``, it lists only this folder of the inbox, which may be missing; with ``without``, all but that folder.
    """

    def __init__(
        self, inbox: Path, file_filter: FileFilter | None = None, *, only: str = "", without: str | None = None
    ) -> None:
        self._inbox = inbox
        self._filter = file_filter or FileFilter()
        self._top = only
        self._without = without
        self._files: dict[str, InboxFile] = {}
        self._unreachable: dict[str, str] = {}
        self._ignored = 0

    @property
    def unreachable(self) -> Mapping[str, str]:
        """What the last scan could not read; see ``Scan.unreachable``."""
        return self._unreachable

    @property
    def ignored(self) -> int:
        """The number of files that the last scan passed over; see ``Scan.ignored``."""
        return self._ignored

    def __call__(self) -> dict[str, InboxFile]:
        """Return the files to take; see ``Scan``. Files that disappear during the scan are left out.

        What is known about an unchanged file is the same object as in the scan before, to save memory. A folder that
        cannot be read is logged once and delays no other folder. Raises ``OSError`` if the inbox itself cannot be read.
        """
        logged, self._unreachable, self._ignored = self._unreachable, {}, 0
        before, self._files = self._files, {}
        # A link in place of the folder is a file of the inbox, which the scan of the other folders finds.
        folders = [] if self._top and (self._inbox / self._top).is_symlink() else [self._top]
        while folders:
            folders += self._scan_folder(folders.pop(), before)
        for path, why in self._unreachable.items():
            if logged.get(path) != why:
                log.warning("scan.skipped", path=printable(path), why=why)
        return self._files

    def _scan_folder(self, folder: str, before: Mapping[str, InboxFile]) -> list[str]:
        """Add the files of a folder and return its sub-folders."""
        if folder.count("/") >= MAX_LEVELS:
            self._unreachable[folder] = TOO_DEEP
            return []
        folders = list[str]()
        try:
            with os.scandir(self._inbox / folder) as entries:
                for entry in entries:
                    path = f"{folder}/{entry.name}" if folder else entry.name
                    if not entry.is_dir(follow_symlinks=False):
                        self._add(path, entry, before.get(path))
                    elif self._filter.is_entered(entry.name) and path != self._without:
                        folders.append(path)
        except OSError as error:
            if not folder:
                raise
            self._skip(folder, error)
        return folders

    def _add(self, path: str, entry: os.DirEntry[str], before: InboxFile | None) -> None:
        """Add a file, unless its name is passed over; ``before`` is what the last scan found at this path."""
        name = entry.name
        if self._filter.is_taken(name) or is_sidecar(name) or is_misspelled_source_file(name):
            self._add_file(path, entry, before)
        elif self._filter.is_passed_over(name):
            self._ignored += 1

    def _add_file(self, path: str, entry: os.DirEntry[str], before: InboxFile | None) -> None:
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError as error:
            self._skip(path, error)
            return
        found = InboxFile(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_dev)
        self._files[path] = before if before == found else found

    def _skip(self, path: str, error: OSError) -> None:
        if error.errno != errno.ENOENT:  # else it was moved or removed since its folder was listed
            self._unreachable[path] = f"{error.strerror}; {ADVICE.get(error.errno or 0, OTHER_ADVICE)}"
