"""Default metadata of a folder's files (``_source.yml``). For each field the nearest folder takes precedence."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from errno import ENAMETOOLONG, ENOENT, ENOTDIR
from functools import lru_cache, reduce
from pathlib import Path, PurePath

from copytaster.clock import Clock, MonotonicClock
from copytaster.intake.metadata_reader import MAX_BYTES, MetadataReader, SourceFileError, UnreadSourceFileError
from copytaster.intake.printable_names import printable
from copytaster.model.metadata import FolderDefaults
from copytaster.model.sidecar_names import SOURCE_FILES
from copytaster.model.source_names import resolve_name
from copytaster.system.open_files import has_open_writer
from copytaster.system.remedies import explain_os_error

State = tuple[int, int, int, int]

TRY_AGAIN = timedelta(seconds=30)
"""After this time a file that could not be read is read again. An attempt may take some seconds, and files wait for it.
"""

FOLDERS = 1_024
"""Folders whose paths are kept: joining them takes longer than the system call for each."""

NONE = {ENOENT, ENOTDIR, ENAMETOOLONG}
"""Errors that say that there is no such file, as in most folders. After any other one there may be one, and a folder
whose articles it withholds."""


@dataclass(frozen=True, slots=True)
class _CachedFile:
    """A cached ``_source.yml``: its state (size, times, inode), its content or error, and when it was read."""

    state: State
    content: FolderDefaults | SourceFileError
    read_at: datetime

    def holds(self, state: State, now: datetime) -> bool:
        """Return whether the file need not be read again."""
        may_pass = isinstance(self.content, UnreadSourceFileError)
        return self.state == state and not (may_pass and abs(now - self.read_at) >= TRY_AGAIN)


class SourceDefaults:
    """Reads the ``_source.yml`` files below the inbox; each state of a file is parsed once."""

    def __init__(self, inbox: Path, reader: MetadataReader, clock: Clock | None = None) -> None:
        self._inbox = inbox
        self._reader = reader
        self._clock = clock or MonotonicClock()
        self._cache: dict[str, _CachedFile] = {}
        self._files = lru_cache(FOLDERS)(self._files_of)

    def about(self, path: str) -> FolderDefaults | None:
        """Return the defaults for the file at ``path`` below the inbox, None if there are none.

        Raises ``SourceFileError`` naming the invalid line. Cost: a system call for each folder of the path and each
        usual spelling of ``_source.yml``.
        """
        found = map(self._find, self._files(path.rpartition("/")[0]))
        defaults = [self._read(*each) for each in found if each]
        return reduce(_merged, defaults) if defaults else None

    def _files_of(self, folder: str) -> tuple[tuple[str, ...], ...]:
        """Return for each folder where its defaults may be, those of the inbox first."""
        folders = [*reversed(PurePath(folder).parents), PurePath(folder)] if folder else [PurePath()]
        return tuple(tuple(str(self._inbox / each / name) for name in SOURCE_FILES) for each in folders)

    def _find(self, spellings: Sequence[str]) -> tuple[str, os.stat_result] | None:
        """Return the ``_source.yml`` of a folder, None if it has none. Raises ``SourceFileError``, also for several."""
        found = [(file, status) for file in spellings if (status := self._state(file))]
        if not found:
            return None
        for file, status in found[1:]:
            if not os.path.samestat(status, found[0][1]):  # else the filesystem ignores case
                why = f"is one of several spellings, as is {self._name_of(file)}: leave one of them"
                raise SourceFileError(f"{self._name_of(found[0][0])} {why}")
        return found[0]

    def _state(self, file: str) -> os.stat_result | None:
        try:
            return os.lstat(file)
        except OSError as error:
            self._cache.pop(file, None)
            if error.errno in NONE:
                return None
            raise SourceFileError(f"{self._name_of(file)} cannot be looked for: {explain_os_error(error)}") from error

    def _read(self, file: str, status: os.stat_result) -> FolderDefaults:
        # With the time of change: a person who gives the watcher read permission changes nothing else.
        state = (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
        cached = self._cache.get(file)
        now = self._clock.now()
        if cached is None or not cached.holds(state, now):
            if has_open_writer(file):  # what is there may be the beginning; this is no state to remember
                raise SourceFileError(f"{self._name_of(file)} is being written: a process has it open")
            cached = self._cache[file] = _CachedFile(state, self._parse(file, status), now)
        if isinstance(cached.content, SourceFileError):
            raise cached.content
        return cached.content

    def _name_of(self, file: str) -> str:
        return printable(str(Path(file).relative_to(self._inbox)))

    def _parse(self, file: str, status: os.stat_result) -> FolderDefaults | SourceFileError:
        name = self._name_of(file)
        if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_BYTES:
            return SourceFileError(f"{name} is no regular file of at most {MAX_BYTES:,} bytes")
        try:
            return self._reader.folder_defaults(Path(file), name=name)
        except SourceFileError as error:
            return error


def declared_source(folder: str | None, defaults: FolderDefaults | None) -> str | None:
    """Return the name of the source that delivers into ``folder``: the declared one, else the folder's own name."""
    name = (defaults.source if defaults else None) or folder
    return resolve_name(name, defaults.aliases if defaults else None) if name else None


def _merged(far: FolderDefaults, near: FolderDefaults) -> FolderDefaults:
    aliases = {**(far.aliases or {}), **(near.aliases or {})} or None
    stated = {name: value for name in FolderDefaults.model_fields if (value := getattr(near, name)) is not None}
    return far.model_copy(update=stated | {"aliases": aliases})
