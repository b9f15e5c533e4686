"""The folders of days below a folder of the archive, ``journal/2026/11/23/``, in a local folder or a bucket.

Other programs leave files and folders there, such as ``.DS_Store`` and ``@eaDir/``: these are passed over.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

from copytaster.archive.archive_mark import ArchiveMark
from copytaster.archive.daily_lines import LINES, DailyLines, is_day
from copytaster.archive.filesystems import open_filesystem
from copytaster.errors import TransientError, outage_error
from copytaster.model.outage import Resource


class DayFolders:
    """Lists and removes the files of days, accessed through fsspec.

    ``lines`` appends to this process's own file in a local folder; it is None for a bucket, where each entry has a
    file. Methods raise ``TransientError`` if the archive is unavailable.
    """

    def __init__(self, address: str, folder: str) -> None:
        self.filesystem: Any
        self.filesystem, root = open_filesystem(address)
        self.root = f"{root}/{folder}"
        local = "file" in self.filesystem.protocol
        self.lines = DailyLines(Path(self.root)) if local else None
        self.archive_mark = ArchiveMark(Path(root) if local else None)
        self._folder = folder

    def days(self) -> list[str]:
        """Return the days, as ``2026/11/23``, oldest first."""
        years = self._numbers(self.root)
        folders = (day for year in years for month in self._numbers(year) for day in self._numbers(month))
        return [day for day in (each[len(self.root) + 1 :] for each in folders) if is_day(day)]

    def files(self, day: str) -> list[str]:
        """Return the paths of the files of a day in their order; empty if there is no such day."""
        listed = self._list(f"{self.root}/{day}")
        return [each for each in listed if each.endswith(LINES) and not _name(each).startswith(".")]

    def remove(self, day: str) -> None:
        """Remove the files of a day, also those of other programs. Its month and year stay as empty folders."""
        try:
            for file in self._list(f"{self.root}/{day}"):
                with suppress(FileNotFoundError, IsADirectoryError):
                    self.filesystem.rm_file(file)
        except OSError as error:
            raise self.failure("remove a day from", error) from error
        if self.lines:
            with suppress(OSError):  # it is gone, an entry arrives at this moment, or another program's folder is there
                Path(f"{self.root}/{day}").rmdir()

    def failure(self, doing: str, error: OSError) -> TransientError:
        """Return the outage of the archive that this error is; ``doing`` is what failed."""
        message = f"{doing} the {self._folder} {self.root}"
        return outage_error(message, error, resource=Resource.ARCHIVE, place=self.root)

    def _numbers(self, folder: str) -> list[str]:
        """Return the paths of what is named by a number."""
        return [each for each in self._list(folder) if _name(each).isdecimal()]

    def _list(self, folder: str) -> list[str]:
        try:
            return sorted(self.filesystem.ls(folder, detail=False, refresh=True))
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise self.failure("list", error) from error


def _name(path: str) -> str:
    return path.rpartition("/")[2]
