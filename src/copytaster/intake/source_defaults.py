"""Default metadata of a folder's files (``_source.yml``). For each field the nearest folder takes precedence."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from functools import reduce
from pathlib import Path, PurePath

import yaml
from pydantic import ValidationError

from copytaster.errors import TransientError
from copytaster.intake.printable_names import printable
from copytaster.model.metadata import FOLDER_DEFAULTS, FolderDefaults, faults

MOST_BYTES = 64 * 1024
"""The same limit as for sidecars; a real file has some lines."""

State = tuple[int, int, int]


class SourceFileError(TransientError):
    """A ``_source.yml`` is invalid: the files of its folder wait until a person has corrected it."""


@dataclass(frozen=True, slots=True)
class _CachedFile:
    """A cached ``_source.yml``: its state (size, time, inode), and its content or error."""

    state: State
    content: FolderDefaults | SourceFileError


class SourceDefaults:
    """Reads the ``_source.yml`` files below the inbox; each state of a file is parsed once."""

    def __init__(self, inbox: Path) -> None:
        self._inbox = inbox
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
            cached = self._cache[file] = _CachedFile(state, _parse(file, self._inbox, status))
        if isinstance(cached.content, SourceFileError):
            raise cached.content
        return cached.content


def _merged(far: FolderDefaults, near: FolderDefaults) -> FolderDefaults:
    return far.model_copy(update=near.model_dump(exclude_none=True))


def _parse(file: Path, inbox: Path, status: os.stat_result) -> FolderDefaults | SourceFileError:
    name = printable(str(file.relative_to(inbox)))
    if not stat.S_ISREG(status.st_mode) or status.st_size > MOST_BYTES:
        return SourceFileError(f"{name} is no regular file of at most {MOST_BYTES:,} bytes")
    try:
        text = file.read_bytes()
        content = yaml.safe_load(text)
        return FolderDefaults.model_validate({} if content is None else content)
    except OSError as error:
        return SourceFileError(f"{name} cannot be read: {error.strerror}; give the watcher read permission")
    except ValidationError as error:
        return SourceFileError(f"{name} cannot be used: {_line(text, error)}{faults(error, FolderDefaults)}")
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        return SourceFileError(f"{name} is not YAML: {_where(error)}")


def _where(error: Exception) -> str:
    """Return the error with its line and column."""
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error).partition("\n")[0]
    return f"line {mark.line + 1}, column {mark.column + 1}: {problem}" if mark else problem


def _line(text: bytes, error: ValidationError) -> str:
    """Return ``line N: `` for the first invalid field, an empty string if no field is named."""
    place = next(iter(error.errors(include_url=False)[0]["loc"]), None)
    document = yaml.compose(text, Loader=yaml.SafeLoader)
    fields = document.value if isinstance(document, yaml.MappingNode) else []
    lines = [key.start_mark.line + 1 for key, _ in fields if key.value == str(place)]
    return f"line {lines[0]}: " if lines else ""
