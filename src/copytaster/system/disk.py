"""How full a disk is."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class DiskUse:
    """The bytes of a filesystem that are used, and those that this user may still write."""

    used: int
    free: int

    @property
    def share(self) -> float:
        """The used share, as ``df`` prints it."""
        return self.used / max(1, self.used + self.free)


def disk_use(folder: Path) -> DiskUse:
    """Return how full the filesystem of a folder is; of one that does not exist yet, that of its parent.

    Raises ``OSError``.
    """
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    status = os.statvfs(folder)
    return DiskUse(used=(status.f_blocks - status.f_bfree) * status.f_frsize, free=status.f_bavail * status.f_frsize)
