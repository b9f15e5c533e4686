"""The state of a file at one time: the identity of one arrival in an inbox whose files stay in place."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FileState:
    """Device, inode, size in bytes and modification time in nanoseconds; a file that changes gets another state.

    The name is not part of the state: a file that is renamed, or has two names, is one file.
    """

    device: int
    inode: int
    size: int
    modified: int

    def __str__(self) -> str:
        """Return the state in a form for keys."""
        return f"{self.device}-{self.inode}-{self.size}-{self.modified}"


def state_of(found: os.stat_result) -> FileState:
    """Return the state from the result of a ``stat`` call."""
    return FileState(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)
