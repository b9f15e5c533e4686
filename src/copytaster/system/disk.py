"""How full a disk is."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from pathlib import Path

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
"""Errors of a disk that has no space or no inode left, or on which the user's share is used up."""


@dataclass(frozen=True, slots=True)
class DiskUse:
    """The bytes and the inodes of a filesystem that are used, and those that this user may still take.

    ``free_inodes`` is None on a filesystem that has no fixed number of them.
    """

    used: int
    free: int
    used_inodes: int = 0
    free_inodes: int | None = None

    @property
    def share(self) -> float:
        """The used share of the bytes or of the inodes, as ``df`` and ``df -i`` print them: the greater one."""
        inodes = _share(self.used_inodes, self.free_inodes) if self.free_inodes is not None else 0.0
        return max(_share(self.used, self.free), inodes)

    @property
    def writable(self) -> int:
        """The bytes that can still be written: the free ones, or fewer if the inodes are scarcer.

        Each free inode counts for as many bytes as the filesystem has for one: thousands of small files use up the
        inodes of a disk while most of its bytes are free.
        """
        if self.free_inodes is None:
            return self.free
        bytes_of_inode = (self.used + self.free) / max(1, self.used_inodes + self.free_inodes)
        return min(self.free, round(self.free_inodes * bytes_of_inode))


def disk_use(folder: Path) -> DiskUse:
    """Return how full the filesystem of a folder is; of one that does not exist yet, that of its parent.

    Raises ``OSError``.
    """
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    status = os.statvfs(folder)
    return DiskUse(
        used=(status.f_blocks - status.f_bfree) * status.f_frsize,
        free=status.f_bavail * status.f_frsize,
        # Some filesystems of user space report more free inodes than there are.
        used_inodes=max(0, status.f_files - status.f_ffree),
        free_inodes=status.f_favail if status.f_files else None,
    )


def _share(used: int, free: int) -> float:
    return used / max(1, used + free)
