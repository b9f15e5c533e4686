"""Files that were taken in, kept for a while: a writer that has one open may still continue to write into it.

A claim that is released is moved to ``FOLDER/TIME_SIZE_MODIFIED_DELIVERY-ID/PATH``; the name has the state that was
archived. If the file has another state when its time is over, it returns to its path in the inbox and is taken in
again, as a new delivery. So what is written after the claim is not lost, whether this process survives or not.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from errno import EXDEV
from pathlib import Path

import structlog

from copytaster.clock import Clock, milliseconds
from copytaster.errors import TransientError
from copytaster.intake import sidecars
from copytaster.intake.claim import Claim
from copytaster.intake.printable_names import printable
from copytaster.model.metadata import SIDECAR
from copytaster.system.open_files import has_open_writer, is_same_file, move_to_free_name

log = structlog.get_logger(__name__)

FOLDER = ".released"

NOT_ARCHIVED = -1
"""Takes the place of the size of a file that was not taken in; no file has this size."""

NAME = re.compile(r"(\d+)_(-?\d+)_(-?\d+)_(\w+)")
"""The name of a released claim; a modification time before 1970 is negative."""

CHECK_INTERVAL = timedelta(seconds=3)
"""How often the folders are listed. A listing of 42,000 names, one minute at full speed, takes some 20 ms."""

MOST_CHECKED = 3_000
"""Most files of one check, at about 50 microseconds each. In one check interval, two thousand files are taken in."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """A released claim: its folder, when it was released, the archived size and time, and the delivery's id."""

    folder: Path
    released_at: int
    size: int
    modified: int
    delivery_id: str

    @classmethod
    def parse(cls, folder: Path) -> _Entry | None:
        """Return the entry that a folder's name describes; None for any other name."""
        if found := NAME.fullmatch(folder.name):
            released_at, size, modified, delivery_id = found.groups()
            return cls(folder, int(released_at), int(size), int(modified), delivery_id)
        return None

    @property
    def file(self) -> Path | None:
        """The file; None if it is missing."""
        files = (Path(parent) / name for parent, _, names in os.walk(self.folder) for name in names)
        return next((each for each in files if sidecars.is_file(each, self.folder)), None)

    def has_changed(self, file: Path) -> bool:
        """Return whether the file has another state than the archived one."""
        status = file.lstat()
        return (status.st_size, status.st_mtime_ns) != (self.size, self.modified)


class ReleasedFiles:
    """The released files of an inbox, of all its watchers.

    ``folders`` are the places for them, the preferred one first; the last one is on the filesystem of the inbox.
    """

    def __init__(self, inbox: Path, folders: Sequence[Path], clock: Clock, *, keep: timedelta) -> None:
        self._inbox = inbox
        self._folders = folders
        self._clock = clock
        self._keep = keep
        self._next_check: datetime | None = None
        self._not_returned = set[Path]()

    def add(self, folder: Path, claim: Claim, *, is_archived: bool = True) -> None:
        """Move the folder of a claim here, with the state in which its file was claimed.

        A file that has changed since then, or is not archived, returns to the inbox at once. Raises ``TransientError``.
        """
        if claim.state is None:
            raise ValueError(f"{claim.path}: a claim by rename has the state of its file")
        now = milliseconds(self._clock.now())
        size = claim.state.size if is_archived else NOT_ARCHIVED
        name = f"{now:013d}_{size}_{claim.state.modified}_{claim.delivery_id}"
        try:
            entry = _Entry.parse(self._moved(folder, name))
        except FileNotFoundError:  # released before
            return
        except OSError as error:
            raise TransientError(
                f"cannot keep {printable(claim.path)} for a possible late writer: {error}; the watcher needs write"
                f" permission in {self._folders[0]}"
            ) from error
        if entry and (file := entry.file) and entry.has_changed(file):
            self._return(entry, file)

    def return_changed(self) -> int:
        """Return changed files to the inbox, and remove the others whose time is over; return the number returned.

        Between two checks, which are some seconds apart, nothing happens. A file that a process has open for writing is
        kept until it is closed; that takes no space that the process would not take anyway.
        """
        now = self._clock.now()
        # After a clock was set back, the next check is due at once instead of after the difference.
        if self._next_check and now < self._next_check <= now + CHECK_INTERVAL:
            return 0
        self._next_check = now + CHECK_INTERVAL
        due = [each for each in self._entries() if not self._is_recent(each, now)]
        return sum(self._check(each) for each in due[:MOST_CHECKED])

    def _is_recent(self, entry: _Entry, now: datetime) -> bool:
        # Later times are treated as past: they come from a clock that was set back.
        return 0 <= milliseconds(now) - entry.released_at < self._keep.total_seconds() * 1_000

    def _check(self, entry: _Entry) -> bool:
        try:
            file = entry.file
            if file and entry.has_changed(file):
                return self._return(entry, file)
            if file and has_open_writer(file):
                return False
        except FileNotFoundError:  # another watcher has returned or removed it
            return False
        shutil.rmtree(entry.folder, ignore_errors=True)
        return False

    def _return(self, entry: _Entry, file: Path) -> bool:
        """Move a changed file, and its sidecar before it, to its path in the inbox; later if that name is taken."""
        path = str(file.relative_to(entry.folder))
        grown = file.lstat().st_size - entry.size
        why = "it changed just before it was claimed"
        if entry.size != NOT_ARCHIVED:
            why = f"it was written after it was taken in ({grown:+,} bytes)"
        try:
            self._move(file, self._inbox / path, sidecar=sidecars.kept_in(entry.folder))
        except FileNotFoundError:  # another watcher has returned it
            return False
        except OSError as error:
            if entry.folder not in self._not_returned:
                log.warning("file.not_returned", path=printable(path), why=str(error), next="trying again")
                self._not_returned.add(entry.folder)
            return False
        self._not_returned.discard(entry.folder)
        shutil.rmtree(entry.folder, ignore_errors=True)
        log.warning("file.returned", path=printable(path), delivery_id=entry.delivery_id, why=why)
        return True

    def _move(self, file: Path, target: Path, *, sidecar: Path | None) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.parent.resolve().is_relative_to(self._inbox.resolve()):
            raise OSError(f"{target} is outside the inbox")
        if os.path.lexists(target) and not is_same_file(file, target):
            raise FileExistsError(f"the inbox has another file of this name, {target}")
        if sidecar:
            _copy_to_free_name(sidecar, target.with_name(target.name + SIDECAR))
        move_to_free_name(file, target)

    def _entries(self) -> list[_Entry]:
        """Return the released files, oldest first."""
        found = (_Entry.parse(each) for folder in self._folders for each in _listed(folder))
        return sorted(filter(None, found), key=lambda each: each.released_at)

    def _moved(self, folder: Path, name: str) -> Path:
        """Move a folder to the first place that a rename can reach, and return its new path."""
        for place in self._folders:
            place.mkdir(parents=True, exist_ok=True)
            try:
                return folder.rename(place / name)
            except OSError as error:
                if error.errno != EXDEV or place == self._folders[-1]:
                    raise
        raise ValueError("there is no folder for released files")


def _listed(folder: Path) -> Iterator[Path]:
    try:
        yield from folder.iterdir()
    except FileNotFoundError:  # nothing has been released yet
        return


def _copy_to_free_name(file: Path, target: Path) -> None:
    """Copy a sidecar, unless the inbox has a newer one."""
    if not os.path.lexists(target):
        unfinished = target.with_name(f".{target.name}.returned"[-255:])
        shutil.copy2(file, unfinished)
        try:
            move_to_free_name(unfinished, target)
        except FileExistsError:
            unfinished.unlink()
