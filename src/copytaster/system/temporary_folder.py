"""Temporary folders that are removed even if their process was killed."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = "copytaster-"


@contextmanager
def temporary_folder(kind: str) -> Iterator[Path]:
    """Yield a new folder in the system's temporary folder, and remove it at the end.

    Folders of the same kind that killed processes have left behind are removed first. Each process locks its folder;
    the kernel releases the lock when the process and all processes forked from it have ended.
    """
    prefix = f"{PREFIX}{kind}-"
    for folder in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
        _remove_if_abandoned(folder)
    folder, descriptor = _create_locked(prefix)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(descriptor)


def _remove_if_abandoned(folder: Path) -> None:
    with suppress(OSError):  # locked by its process, owned by another user, or removed by another process
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder)
        finally:
            os.close(descriptor)


def _create_locked(prefix: str) -> tuple[Path, int]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=prefix))
        # Another process may take the folder for an abandoned one before it is locked; then a new one is made.
        with suppress(FileNotFoundError, BlockingIOError):
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if folder.stat().st_ino == os.fstat(descriptor).st_ino:
                    return folder, descriptor
            except BaseException:
                os.close(descriptor)
                raise
            os.close(descriptor)
