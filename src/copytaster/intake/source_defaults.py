"""Default metadata of a folder's files (``_source.yml``). For each field the nearest folder takes precedence."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from functools import reduce
from pathlib import Path, PurePath

from copytaster.intake.metadata_reader import MAX_BYTES, MetadataReader, SourceFileError
from copytaster.intake.printable_names import printable
from copytaster.model.metadata import FOLDER_DEFAULTS, FolderDefaults

State = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class _CachedFile:
    """A cached ``_source.yml``: its state (size, time, inode), and its content or error."""

    state: State
    content: FolderDefaults | SourceFileError


class SourceDefaults:
    """Reads the ``_source.yml`` files below the inbox; each state of a file is parsed once."""

    def __init__(self, inbox: Path, reader: MetadataReader) -> None:
        self._inbox = inbox
        self._reader = reader
        self._cache: dict[Path, _CachedFile] = {}

    def about(self, path: str) -> FolderDefaults | None:
        """Return the defaults for the file at ``path`` below the inbox, None if there are none.

        Raises ``SourceFileError`` naming the invalid line. Cost: a system call for each folder of the path.
        """
        folders = reversed(PurePath(path).parents)
        defaults = [each for folder in folders if (each := self._read(self._inbox / folder / FOLDER_DEFAULTS))]
        return reduce(_merged, defaults) if defaults else None

    def _read(self, file: Path) -> FolderDefaults | None:
        try:
            status = file.lstat()
        except OSError:  # most folders have none; no file is taken from a folder that cannot be entered
            self._cache.pop(file, None)
            return None
        state = (status.st_size, status.st_mtime_ns, status.st_ino)
        cached = self._cache.get(file)
        if cached is None or cached.state != state:
            cached = self._cache[file] = _CachedFile(state, self._parse(file, status))
        if isinstance(cached.content, SourceFileError):
            raise cached.content
        return cached.content

    def _parse(self, file: Path, status: os.stat_result) -> FolderDefaults | SourceFileError:
        name = printable(str(file.relative_to(self._inbox)))
        if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_BYTES:
            return SourceFileError(f"{name} is no regular file of at most {MAX_BYTES:,} bytes")
        try:
            return self._reader.folder_defaults(file, name=name)
        except SourceFileError as error:
            return error


def _merged(far: FolderDefaults, near: FolderDefaults) -> FolderDefaults:
    return far.model_copy(update=near.model_dump(exclude_none=True))
