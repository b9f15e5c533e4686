"""Allows one tree for each data folder, by a lock that the tree and its server hold."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from copytaster.errors import ConfigurationError

SERVER_END_SECONDS = 15.0
"""How long to wait for the server of a killed tree, which first writes its append-only file."""


@contextmanager
def locked(path: Path) -> Iterator[int]:
    """Hold the lock, and yield its descriptor, which the server inherits.

    The lock is released when all processes with the descriptor have ended. So after ``kill -9`` of a tree, the next one
    cannot start a server on files that the first server still writes. Raises ``ConfigurationError`` when another tree
    runs on this folder.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _acquire(descriptor, path, until=time.monotonic() + SERVER_END_SECONDS)
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield descriptor
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, path: Path, *, until: float) -> None:
    while not _try_lock(descriptor):
        holder = os.pread(descriptor, 20, 0).decode(errors="replace")
        if _runs(holder) or time.monotonic() >= until:
            raise ConfigurationError(
                f"`copytaster up` is already running on {path.parent.parent} (process {holder or 'unknown'}; lock"
                f" {path}); stop it, or set COPYTASTER_DATA to another folder"
            )
        time.sleep(0.1)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _runs(pid: str) -> bool:
    """Return whether the process exists, also if it belongs to another user."""
    if not pid.isdecimal():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
