"""Small files in the archive's folder or bucket, accessed through fsspec and written durably."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import ENAMETOOLONG
from pathlib import Path

from copytaster.archive.archive_mark import ArchiveMark
from copytaster.archive.durable_files import replace_durably
from copytaster.archive.filesystems import open_filesystem
from copytaster.errors import outage_error
from copytaster.model.outage import Resource


class StoredFiles:
    """Reads and writes files by their path below the archive.

    Every method raises ``TransientError`` if the archive is unavailable.
    """

    def __init__(self, address: str) -> None:
        self._filesystem, self._root = open_filesystem(address)
        self._is_local = "file" in self._filesystem.protocol
        self._mark = ArchiveMark(Path(self._root) if self._is_local else None)

    def is_away(self) -> bool:
        """Return whether the disk of the archive is not mounted, so that it seems to be empty; see ``ArchiveMark``."""
        return self._mark.is_away()

    def write(self, path: str, content: bytes, *, private: bool = False) -> None:
        """Create or replace a file atomically and durably; in a folder, only its owner can read a ``private`` one."""
        with self._translated("write", path):
            self._mark.require()
            if self._is_local:
                replace_durably(Path(f"{self._root}/{path}"), content, private=private)
            else:
                self._filesystem.pipe_file(f"{self._root}/{path}", content)

    def read(self, path: str) -> bytes | None:
        """Return a file's content; None if there is no such file."""
        with self._translated("read", path), suppress(FileNotFoundError), _absent(path):
            content: bytes = self._filesystem.cat_file(f"{self._root}/{path}")
            return content
        return None

    def exists(self, path: str) -> bool:
        """Return whether there is such a file."""
        with self._translated("read", path), suppress(FileNotFoundError), _absent(path):
            return bool(self._filesystem.exists(f"{self._root}/{path}"))
        return False

    def names(self, folder: str) -> list[str]:
        """Return the names in a folder, sorted; none if there is no such folder.

        Names that begin with a dot are left out: they are those of temporary files, and of files of other programs.
        """
        with self._translated("list", folder), suppress(FileNotFoundError, NotADirectoryError):
            listed = self._filesystem.ls(f"{self._root}/{folder}", detail=False, refresh=True)
            names = (str(each).rsplit("/", 1)[-1] for each in listed)
            return sorted(each for each in names if not each.startswith("."))
        return []

    def remove(self, path: str) -> None:
        """Remove a file, if it exists."""
        with self._translated("remove", path), suppress(FileNotFoundError):
            self._filesystem.rm_file(f"{self._root}/{path}")

    @contextmanager
    def _translated(self, doing: str, path: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            what = f"{doing} {path} in the archive {self._root}"
            raise outage_error(what, error, resource=Resource.ARCHIVE, place=self._root) from error


@contextmanager
def _absent(path: str) -> Iterator[None]:
    """Raise ``FileNotFoundError`` also where no such file can be: the id in its name is too long, or has a NUL."""
    try:
        yield
    except OSError as error:
        if error.errno == ENAMETOOLONG:
            raise FileNotFoundError(path) from error
        raise
    except ValueError as error:
        if "\0" in path:
            raise FileNotFoundError(path) from error
        raise
