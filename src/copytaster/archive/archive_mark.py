"""Detects that the disk of an archive in a local folder is not mounted: a folder that every archive has is missing.

Below the mount point of a disk that is away is an empty folder: every original would seem to be missing, and new ones
would be written to the wrong disk and be hidden when the archive's disk is back.
"""

from __future__ import annotations

import errno
from pathlib import Path

from copytaster.archive.durable_files import create_folder

INCOMING = ".incoming"
"""The folder of the archive in which files are written under temporary names: it exists from the first write on."""


class ArchiveMark:
    """The mark of one archive, as one process has seen it; without ``root``, of a bucket, which is never away."""

    def __init__(self, root: Path | None) -> None:
        self._folder = root / INCOMING if root else None
        self._seen = self._exists()

    def record_read(self) -> None:
        """Remember that the archive is mounted if it has a mark. Cost: one system call for each process."""
        self._seen = self._seen or self._exists()

    def is_away(self) -> bool:
        """Return whether the mark is missing although the archive had it, or must have it: its folder is empty or gone.

        The archive may be a folder of the disk, not all of it.
        """
        if self._folder is None or self._exists():
            return False
        root = self._folder.parent
        return self._seen or not root.exists() or (root.is_dir() and not any(root.iterdir()))

    def require(self) -> None:
        """Create the mark before the first write; called before each. Raises ``OSError`` if it is missing later."""
        if self._folder is None:
            return
        if self._seen and not self._exists():
            raise OSError(errno.ENODEV, f"its folder {INCOMING} is missing, so another disk is mounted there, or none")
        if not self._seen:
            create_folder(self._folder)
            self._seen = True

    def _exists(self) -> bool:
        return self._folder is not None and self._folder.exists()
