"""Moves of files to a quarantine on another filesystem that take long: they are made beside the watcher's rounds.

Such a file is renamed into a folder on its own filesystem, ``FOLDER/DELIVERY-ID/PATH IN QUARANTINE``, which takes no
time, and copied from there by whichever watcher looks first. A crash leaves it there, or leaves two copies.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from copytaster.archive.durable_files import CHUNK_BYTES, sync, write_atomically
from copytaster.errors import TransientError
from copytaster.model.delivery import DeliveryId
from copytaster.model.limits import MEBIBYTE
from copytaster.system.disk import disk_use
from copytaster.system.remedies import explain_os_error

LARGE_BYTES = 64 * MEBIBYTE
"""Files from this size on are moved later: a slow disk takes a second to write as much."""


class _StoppedError(TransientError):
    """The process ends: the next one copies the file from its beginning."""


class LaterMoves:
    """The files on their way into the quarantine; ``folders`` are where they wait, at most one on each filesystem."""

    def __init__(self, quarantine: Path, folders: Sequence[Path], *, large_bytes: int = LARGE_BYTES) -> None:
        self._quarantine = quarantine
        self._folders = tuple(folders)
        self._large_bytes = large_bytes

    def accept(self, file: Path, target: Path, delivery_id: DeliveryId) -> bool:
        """Take over a file that is to be moved to ``target``; return False if the caller can copy it at once.

        Taken over are large files, and those that cannot be read, if there is a folder on their filesystem.
        """
        status = file.lstat()
        if not stat.S_ISREG(status.st_mode) or (status.st_size < self._large_bytes and os.access(file, os.R_OK)):
            return False
        return any(
            _is_renamed(file, status, folder, self._place(folder, delivery_id, target)) for folder in self._folders
        )

    def find(self, delivery_id: DeliveryId, target: Path) -> Path | None:
        """Return where the file of a delivery that is to be moved to ``target`` is now; None if it is not waiting."""
        places = (self._place(folder, delivery_id, target) for folder in self._folders)
        return next((each for each in places if os.path.lexists(each)), None)

    def step(self, is_stopping: Callable[[], bool]) -> None:
        """Move the waiting files. Raises the first ``TransientError`` after the other files were moved."""
        errors = list[TransientError]()
        for file, target in list(self._waiting()):
            try:
                self._move(file, target, is_stopping)
            except _StoppedError:
                return
            except TransientError as error:
                errors.append(error)
        if errors:
            raise errors[0]

    def _place(self, folder: Path, delivery_id: DeliveryId, target: Path) -> Path:
        return folder / delivery_id / target.relative_to(self._quarantine)

    def _waiting(self) -> Iterator[tuple[Path, Path]]:
        """Yield each waiting file with its target."""
        for folder in self._folders:
            for parent, _, names in os.walk(folder):
                for name in names:
                    file = Path(parent, name)
                    yield file, self._quarantine.joinpath(*file.relative_to(folder).parts[1:])

    def _move(self, file: Path, target: Path, is_stopping: Callable[[], bool]) -> None:
        try:
            with os.fdopen(os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb", buffering=0) as content:
                if _is_copied_elsewhere(content) or not os.path.lexists(file):
                    return
                _require_space(content, file, target)
                write_atomically(target, lambda temporary: _copy(content, file, temporary, is_stopping))
                file.unlink()
        except FileNotFoundError:  # a person, or a retry, has taken the file
            pass
        except OSError as error:
            raise TransientError(
                f"cannot move {file} to {target}, which is on another filesystem: {explain_os_error(error)}"
            ) from error
        self._remove_empty(file.parent)

    def _remove_empty(self, folder: Path) -> None:
        """Remove the empty folders around a file that was moved."""
        with suppress(OSError):  # one is not empty
            while folder not in self._folders:
                folder.rmdir()
                folder = folder.parent


def _is_renamed(file: Path, status: os.stat_result, folder: Path, place: Path) -> bool:
    """Rename a file into a waiting folder; return False if that is not on its filesystem, or cannot be written."""
    try:
        if folder.parent.stat().st_dev != status.st_dev:
            return False
        place.parent.mkdir(parents=True, exist_ok=True)
        file.rename(place)
    except OSError:
        return False
    return True


def _is_copied_elsewhere(content: BinaryIO) -> bool:
    """Lock an open file; return whether another process has locked it, which copies it."""
    try:
        fcntl.flock(content, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


def _require_space(content: BinaryIO, file: Path, target: Path) -> None:
    size, free = os.fstat(content.fileno()).st_size, disk_use(target.parent).free
    if size > free:
        have = f"the file has {size:,} bytes, and the disk of the quarantine {free:,} free ones"
        raise TransientError(f"cannot move {file} to {target}: {have}: free space, or remove the file")


def _copy(content: BinaryIO, file: Path, temporary: Path, is_stopping: Callable[[], bool]) -> None:
    """Copy an open file durably. Raises ``FileNotFoundError`` if it has been taken meanwhile."""
    with temporary.open("wb") as out:
        while piece := content.read(CHUNK_BYTES):
            if is_stopping():
                raise _StoppedError("the process ends")
            out.write(piece)
    shutil.copystat(file, temporary, follow_symlinks=False)
    sync(temporary)
