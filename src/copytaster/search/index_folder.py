"""The folder of the search index on this machine: the file in use, one that is being built, and who may write them.

Each file is in a folder of its own, since SQLite puts further files beside it. The links ``current`` and ``building``
name the two; a file that is complete becomes the current one by one rename. Whoever holds the lock writes.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import threading
from contextlib import suppress
from pathlib import Path

from copytaster.search.index import Hit, IndexFileError, IndexRequest, NoIndexError
from copytaster.search.sqlite_index import DamagedIndexError, SqliteReader, SqliteWriter

FILE = "index.sqlite3"

CURRENT, BUILDING = "current", "building"

REQUEST = "rebuild"
"""The name of the empty file by which a command asks the process that writes for a new index."""

LOCK = "lock"


class IndexFolder:
    """Finds the files, and replaces the current one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock: int | None = None
        self._next = _new_name()

    def current(self) -> Path | None:
        """Return the file in use; None if none has been completed."""
        return self._file(CURRENT)

    def building(self) -> Path | None:
        """Return the file that is being built; None if there is none."""
        return self._file(BUILDING)

    def acquire(self) -> bool:
        """Return whether this process may write: it holds the lock, or takes it. Raises ``OSError``."""
        if self._holds_lock():
            return True
        self.release()
        self.folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._lock = descriptor
        return True

    def _holds_lock(self) -> bool:
        """Return whether the lock is held, and is the folder's: somebody may have removed the folder."""
        with suppress(FileNotFoundError):
            return self._lock is not None and os.path.samestat(os.fstat(self._lock), (self.folder / LOCK).stat())
        return False

    def release(self) -> None:
        """Let another process write."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def request_rebuild(self) -> None:
        """Ask the process that writes for a new index. Raises ``OSError``."""
        (self.folder / REQUEST).touch()

    def is_rebuild_requested(self) -> bool:
        """Return whether a new index was asked for and has not been begun."""
        return (self.folder / REQUEST).exists()

    def begin(self) -> SqliteWriter:
        """Begin a new file, in place of one that was being built. Raises ``OSError`` and ``IndexFileError``.

        Of an attempt that fails nothing is left, and the next one has the same name: on a full disk it is made each
        second, and neither files nor different messages may add up.
        """
        folder, link = self.folder / self._next, self.folder / f".{self._next}"
        try:
            writer = SqliteWriter(folder / FILE)
            link.symlink_to(folder.name)
            self._replace(BUILDING, link)
        except (OSError, IndexFileError):
            link.unlink(missing_ok=True)
            shutil.rmtree(folder, ignore_errors=True)
            raise
        self._next = _new_name()
        (self.folder / REQUEST).unlink(missing_ok=True)
        self._remove_unused()
        return writer

    def complete(self) -> None:
        """Use the file that was being built from now on, and remove the former one. Raises ``OSError``."""
        self._replace(CURRENT, self.folder / BUILDING)
        self._remove_unused()

    def discard(self, file: Path) -> None:
        """Remove a damaged file, whose place another process may have given to a new one. Raises ``OSError``."""
        for link in (CURRENT, BUILDING):
            if self._file(link) == file:
                (self.folder / link).unlink(missing_ok=True)
        self._remove_unused()

    def _replace(self, name: str, link: Path) -> None:
        """Give a link this name, also in place of a folder: copies of links that a backup has made."""
        place = self.folder / name
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place)
        link.replace(place)

    def _file(self, name: str) -> Path | None:
        """Return the file to which a link leads; None if there is no such link, or something else in its place."""
        link = self.folder / name
        while target := _target(link):
            file = self.folder / target / FILE
            if file.exists():
                return file
            if _target(link) == target:
                return None
            # The link was given to a new file, and the former one removed, since it was read.
        return None

    def _remove_unused(self) -> None:
        used = {file.parent for file in (self.current(), self.building()) if file}
        for each in self.folder.glob("index-*"):
            if each not in used:
                shutil.rmtree(each, ignore_errors=True)


def _new_name() -> str:
    """Return the name of a folder that has never been: readers know a new file by it."""
    return f"index-{secrets.token_hex(4)}"


def _target(link: Path) -> Path | None:
    with suppress(FileNotFoundError):
        return link.readlink() if link.is_symlink() else None
    return None


class FolderIndex:
    """Implements ``SearchIndex`` on the current file of a folder, whichever it is at the time of the query."""

    def __init__(self, folder: Path) -> None:
        self._folder = IndexFolder(folder)
        self._lock = threading.Lock()
        self._opened: tuple[Path, SqliteReader] | None = None

    def find(self, request: IndexRequest) -> list[Hit]:
        """Return hits; see ``SearchIndex.find``. A damaged file is given up: the projector builds a new one."""
        file = self._folder.current()
        if file is None:
            raise _no_index(self._folder)
        try:
            return self._reader(file).find(request)
        except DamagedIndexError as error:
            with suppress(OSError):  # this process may not write there; then the one that writes discards it
                self._folder.discard(file)
            raise _no_index(self._folder) from error
        except IndexFileError:
            if self._folder.current() == file:
                raise
            return self.find(request)  # the file was replaced by a new one, and removed, during the query

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._opened:
                self._opened[1].close()
            self._opened = None

    def _reader(self, file: Path) -> SqliteReader:
        with self._lock:
            if self._opened is None or self._opened[0] != file:
                if self._opened:
                    self._opened[1].close()
                self._opened = (file, SqliteReader(file))
            return self._opened[1]


def _no_index(folder: IndexFolder) -> NoIndexError:
    what = f"there is no complete search index in {folder.folder.absolute()}"
    if folder.building():
        return NoIndexError(f"{what}; it is being built: `copytaster status` says how far it is. Try again later")
    how = "the status API builds one while it runs, and `copytaster search rebuild` does so at once"
    return NoIndexError(f"{what}; {how}")
