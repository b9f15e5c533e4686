"""What a file looked like at one moment: the identity of one arrival where files stay in place."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FileState:
    """Device, inode, size in bytes and time of change in nanoseconds; a file that changes has another state.

    The name is not part of it: a file that is renamed, or has two names, is one file.
    """

    device: int
    inode: int
    size: int
    modified: int

    def __str__(self) -> str:
        """Return the state as a part of a key."""
        return f"{self.device}-{self.inode}-{self.size}-{self.modified}"


def state_of(found: os.stat_result) -> FileState:
    """Return the state that a system call reports."""
    return FileState(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)
