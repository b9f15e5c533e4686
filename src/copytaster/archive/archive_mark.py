"""Detects that the disk of an archive in a local folder is not mounted: a folder that every archive has is missing.

Below the mount point of a disk that is away is an empty folder: every original would seem to be missing, and new ones
would be written to the wrong disk and be hidden when the archive's disk is back.
"""

from __future__ import annotations

import errno
from pathlib import Path

from copytaster.archive.durable_files import create_folder

MARK = ".incoming"
"""The folder of the archive in which files are written under temporary names: it exists from the first write on."""


class ArchiveMark:
    """The mark of one archive in a local folder, as one process has seen it."""

    def __init__(self, root: Path) -> None:
        self._folder = root / MARK
        self._seen = self._folder.exists()

    def record_read(self) -> None:
        """Remember that the archive is mounted if it has a mark. Cost: one system call for each process."""
        self._seen = self._seen or self._folder.exists()

    def is_away(self) -> bool:
        """Return whether the mark is missing although the archive had it, or must have it: its folder is empty."""
        if self._folder.exists():
            return False
        return self._seen or (self._folder.parent.is_dir() and not any(self._folder.parent.iterdir()))

    def require(self) -> None:
        """Create the mark before the first write; called before each. Raises ``OSError`` if it is missing later."""
        if self._folder.exists():
            self._seen = True
        elif self._seen:
            raise OSError(errno.ENODEV, f"its folder {MARK} is missing, so another disk is mounted there, or none")
        else:
            create_folder(self._folder)
            self._seen = True
