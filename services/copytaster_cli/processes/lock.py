"""One tree per data folder: a lock that the tree holds, and its server with it."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from copytaster.errors import ConfigurationError

LEAVING_SECONDS = 15.0
"""How long the server of a killed tree is waited for; it needs a moment to write its append-only file."""


@contextmanager
def locked(path: Path) -> Iterator[int]:
    """Hold the lock and hand out its descriptor, for the server to inherit.

    The lock is free only when every process that holds the descriptor is gone: so after ``kill -9`` of a tree the next
    one cannot start a second server over files that the first is still writing. Raises ``ConfigurationError`` when
    another tree runs on this folder.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _take(descriptor, path, until=time.monotonic() + LEAVING_SECONDS)
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield descriptor
    finally:
        os.close(descriptor)


def _take(descriptor: int, path: Path, *, until: float) -> None:
    while not _try(descriptor):
        holder = os.pread(descriptor, 20, 0).decode(errors="replace")
        if _lives(holder) or time.monotonic() >= until:
            raise ConfigurationError(
                f"`copytaster up` runs already on {path.parent.parent} (process {holder or 'unknown'}; lock {path});"
                " stop that one, or set COPYTASTER_DATA to another folder"
            )
        time.sleep(0.1)


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _lives(pid: str) -> bool:
    """Say whether the process exists; somebody else's process counts too."""
    if not pid.isdecimal():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
