"""Small files in the archive's folder or bucket, accessed through fsspec and written durably."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import ENAMETOOLONG
from pathlib import Path

from copytaster.archive.archive_mark import ArchiveMark
from copytaster.archive.durable_files import replace_durably
from copytaster.archive.filesystems import open_filesystem
from copytaster.clock import SystemClock
from copytaster.errors import outage_error
from copytaster.model.outage import Resource

SETTLED_SECONDS = 60
"""A file that was written longer ago has another time when it is written again. Filesystems round the time, some to two
seconds, and clocks of several machines differ."""


class StoredFiles:
    """Reads and writes files by their path below the archive; ``is_local`` says that it is a folder.

    Every method raises ``TransientError`` if the archive is unavailable.
    """

    def __init__(self, address: str) -> None:
        self._filesystem, self._root = open_filesystem(address)
        self.is_local = "file" in self._filesystem.protocol
        self._mark = ArchiveMark(Path(self._root) if self.is_local else None)

    def is_away(self) -> bool:
        """Return whether the disk of the archive is not mounted, so that it seems to be empty; see ``ArchiveMark``."""
        return self._mark.is_away()

    def write(self, path: str, content: bytes, *, private: bool = False) -> None:
        """Create or replace a file atomically and durably; in a folder, only its owner can read a ``private`` one."""
        with self._translated("write", path):
            self._mark.require()
            if self.is_local:
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

    def states(self, folder: str, *, suffix: str) -> dict[str, str | None]:
        """Return the names in a folder with this ending, and what changes whenever such a file is written again.

        None if that is not known, because the file was written within the last minute, or by what the filesystem says.
        Cost: a listing, and in a local folder a look at each of these files.
        """
        names = [each for each in self.names(folder) if each.endswith(suffix)]
        with self._translated("list", folder), suppress(FileNotFoundError):
            if self.is_local:
                return {each: _local_state(Path(f"{self._root}/{folder}/{each}")) for each in names}
            listed = self._filesystem.ls(f"{self._root}/{folder}", detail=True)
            found = {str(each["name"]).rpartition("/")[2]: each.get("ETag") for each in listed}
            return {each: found.get(each) for each in names}
        return {}

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


def _local_state(path: Path) -> str | None:
    """Return what identifies a content of the file; None if it may be written again without a change of that."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    if abs(SystemClock().now().timestamp() - found.st_mtime) < SETTLED_SECONDS:
        return None
    return f"{found.st_ino} {found.st_size} {found.st_mtime_ns}"


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
