"""Locks on the folders of the owners of claims: the kernel releases the lock of a process that dies."""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path

LOCK = ".owner"

EARLIER_LOCK = ".lock"
"""The lock of releases whose claims were folders only. They do not take over a folder that has only the present lock:
they would remove claims that are files."""

LOCKS = {LOCK, EARLIER_LOCK}


def own_folder(folder: Path) -> int:
    """Create the folder of an owner, and return the descriptor of its lock.

    Between creating and locking, another watcher may remove the folder as that of a dead owner; then it is created
    again.
    """
    while True:
        folder.mkdir(parents=True, exist_ok=True)
        _remove_earlier_lock(folder)
        try:
            lock = os.open(folder / LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        except FileNotFoundError:
            continue
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            if os.path.samestat(os.fstat(lock), (folder / LOCK).stat()):
                return lock
        except FileNotFoundError:
            pass
        os.close(lock)


def own_again(folder: Path, lock: int) -> int:
    """Return the descriptor of an owner's lock: another one if the folder was removed, and is created here again.

    Raises ``OSError``; the lock is as before then.
    """
    with suppress(FileNotFoundError):
        if os.path.samestat(os.fstat(lock), (folder / LOCK).stat()):
            return lock
    again = own_folder(folder)
    os.close(lock)
    return again


def lock_of_dead_owner(folder: Path) -> int | None:
    """Lock the folder of an owner that has died, and return the descriptor; None for any other folder."""
    try:
        lock = os.open(_present_lock(folder), os.O_RDWR | os.O_CLOEXEC)
    except OSError:  # another owner is removing the folder, or its owner is still creating it
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:  # the owner is alive
        os.close(lock)
        return None
    return lock


def _present_lock(folder: Path) -> Path:
    lock = folder / LOCK
    return lock if lock.exists() else folder / EARLIER_LOCK


def _remove_earlier_lock(folder: Path) -> None:
    """Remove the lock of a dead process of the same name, so that an earlier release does not take the folder over."""
    with suppress(FileNotFoundError):
        lock = os.open(folder / EARLIER_LOCK, os.O_RDWR | os.O_CLOEXEC)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)  # the folder may be taken over at this moment
            (folder / EARLIER_LOCK).unlink()
        finally:
            os.close(lock)
