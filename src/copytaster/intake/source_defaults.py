"""What the ``_source.yml`` of a file's folders say about it: the nearest wins, field by field."""

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
"""As for sidecars; some lines are what it takes."""

State = tuple[int, int, int]


class SourceFileError(TransientError):
    """A ``_source.yml`` cannot be used: the files of its folder wait until a person has mended it."""


@dataclass(frozen=True, slots=True)
class _Read:
    """One state of a ``_source.yml`` (size, time, inode), and what it says, or why it says nothing."""

    state: State
    says: FolderDefaults | SourceFileError


class SourceDefaults:
    """Reads each state of a ``_source.yml`` below the inbox once."""

    def __init__(self, inbox: Path) -> None:
        self._inbox = inbox
        self._read: dict[Path, _Read] = {}

    def about(self, path: str) -> FolderDefaults | None:
        """Return what is said about the file at ``path`` below the inbox, None where nothing is.

        Raises ``SourceFileError`` with the line that is wrong. Cost: a system call for each folder of the path.
        """
        folders = reversed(PurePath(path).parents)
        said = [each for folder in folders if (each := self._look(self._inbox / folder / FOLDER_DEFAULTS))]
        return reduce(_over, said) if said else None

    def _look(self, file: Path) -> FolderDefaults | None:
        try:
            found = file.lstat()
        except OSError:  # most folders have none; in one that cannot be entered no file is taken either
            self._read.pop(file, None)
            return None
        state = (found.st_size, found.st_mtime_ns, found.st_ino)
        known = self._read.get(file)
        if known is None or known.state != state:
            known = self._read[file] = _Read(state, _parse(file, self._inbox, found))
        if isinstance(known.says, SourceFileError):
            raise known.says
        return known.says


def _over(far: FolderDefaults, near: FolderDefaults) -> FolderDefaults:
    return far.model_copy(update=near.model_dump(exclude_none=True))


def _parse(file: Path, inbox: Path, found: os.stat_result) -> FolderDefaults | SourceFileError:
    name = printable(str(file.relative_to(inbox)))
    if not stat.S_ISREG(found.st_mode) or found.st_size > MOST_BYTES:
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
    """Return what is wrong and on which line."""
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error).partition("\n")[0]
    return f"line {mark.line + 1}, column {mark.column + 1}: {problem}" if mark else problem


def _line(text: bytes, error: ValidationError) -> str:
    """Return the line of the first field that is wrong, as a beginning of a sentence; nothing where there are none."""
    place = next(iter(error.errors(include_url=False)[0]["loc"]), None)
    document = yaml.compose(text, Loader=yaml.SafeLoader)
    fields = document.value if isinstance(document, yaml.MappingNode) else []
    lines = [key.start_mark.line + 1 for key, _ in fields if key.value == str(place)]
    return f"line {lines[0]}: " if lines else ""
