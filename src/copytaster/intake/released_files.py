"""Files that were taken in, kept for a while: a writer that has one open may still continue to write into it.

A claim that is released is moved to ``FOLDER/TIME_SIZE_MODIFIED_DELIVERY-ID~PATH``, or to a folder of this name without
the path if it has a sidecar; the name has the state that was archived. If the file has another state when its time is
over, it is claimed again, as a new delivery that continues the first one. So what is written after the claim is not
lost, whether this process survives or not.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from errno import EXDEV
from itertools import takewhile
from pathlib import Path

import structlog

from copytaster.clock import Clock, Interval, milliseconds
from copytaster.errors import TransientError
from copytaster.intake import sidecars
from copytaster.intake.claim import Claim
from copytaster.intake.claim_names import PATH, ClaimName, path_from_name, path_in_name
from copytaster.intake.inbox_paths import return_file
from copytaster.intake.printable_names import printable
from copytaster.model.delivery import DeliveryId, new_delivery_id
from copytaster.model.file_state import FileState, state_of
from copytaster.system.open_files import has_open_writer

log = structlog.get_logger(__name__)

FOLDER = ".released"

NOT_ARCHIVED = -1
"""Takes the place of the size of a file that was not taken in; no file has this size."""

NAME = re.compile(rf"(\d+)_(-?\d+)_(-?\d+)_(\w+)(?:{PATH}(.+))?", re.DOTALL)
"""The name of a released claim; a modification time before 1970 is negative."""

LONGEST_STATE = 80
"""More bytes than such a name has before the path: 13, 19 and 20 digits with a sign, and the 23 of an id."""

CHECK_INTERVAL = timedelta(seconds=3)
"""How often the folders are listed. A listing of 42,000 names, one minute at full speed, takes some 20 ms."""

MAX_CHECKED = 3_000
"""Most files of one check, at about 50 microseconds each. In one check interval, two thousand files are taken in."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """A released claim: its place, when it was released, the archived size and time, and the delivery's id.

    ``path`` is the path of a file that has no folder.
    """

    place: Path
    released_at: int
    size: int
    modified: int
    delivery_id: DeliveryId
    path: str | None = None

    @classmethod
    def parse(cls, place: Path) -> _Entry | None:
        """Return the entry that a name describes; None for any other name."""
        if found := NAME.fullmatch(place.name):
            released_at, size, modified, delivery_id, path = found.groups()
            state = int(released_at), int(size), int(modified)
            return cls(place, *state, DeliveryId(delivery_id), path_from_name(path) if path else None)
        return None

    @property
    def file(self) -> Path | None:
        """The file; None if it is missing."""
        if self.path is not None:
            return self.place
        files = (Path(parent) / name for parent, _, names in os.walk(self.place) for name in names)
        return next((each for each in files if sidecars.is_no_sidecar(each, self.place)), None)

    @property
    def sidecar(self) -> Path | None:
        """The sidecar; None if there is none."""
        return sidecars.claimed_sidecar(self.place) if self.path is None else None

    def claimed_as(self, delivery_id: DeliveryId) -> str:
        """Return the name of a claim on the file."""
        ids = ClaimName(delivery_id, continues=self.delivery_id)
        return ids.folder if self.path is None else ids.file(self.path)


class ReleasedFiles:
    """The released files of an inbox, of all its watchers.

    ``folders`` are the places for them, the preferred one first; the last one is on the filesystem of the inbox.
    ``keep`` is how long they are kept; with 0 only those are here that return to the inbox, or that were kept before.
    """

    def __init__(self, inbox: Path, folders: Sequence[Path], clock: Clock, *, keep: timedelta) -> None:
        self._inbox = inbox
        self._folders = folders
        self._clock = clock
        self._keep = keep
        self._checks = Interval(CHECK_INTERVAL)
        self._not_returned = set[Path]()
        self._seen: dict[Path, FileState] = {}

    @property
    def keeps_files(self) -> bool:
        """Whether files that were taken in are kept at all."""
        return bool(self._keep)

    def add(self, place: Path, claim: Claim) -> bool:
        """Keep a claim whose file was taken in, with the state that was archived; return False if it is not there.

        ``place`` is its folder, or its file if that has no folder. Raises ``TransientError``.
        """
        if claim.state is None:
            raise ValueError(f"{claim.path}: a claim by rename has the state of its file")
        return self._add(place, claim, size=claim.state.size, modified=claim.state.modified) is not None

    def put_back(self, place: Path, claim: Claim) -> None:
        """Return the file of a claim to the inbox, now or when its name there is free. Raises ``TransientError``."""
        kept = self._add(place, claim, size=NOT_ARCHIVED, modified=0)
        if kept and (entry := _Entry.parse(Path(kept))):
            self._return(entry)

    def claim_changed(self, claims: Path) -> int:
        """Move changed files to a folder of claims, and remove the others whose time is over; return how many changed.

        A file that has changed must stay the same from one check to the next, a few seconds later. Between two checks
        nothing happens. A file that a process has open for writing is kept until it is closed; that takes no space that
        the process would not take anyway.
        """
        now = self._clock.now()
        if not self._checks.has_passed(now):
            return 0
        due = self._due(now)[:MAX_CHECKED]
        changed = [each for each in due if self._is_to_be_claimed(each)]
        self._seen = {path: state for path, state in self._seen.items() if path in {each.place for each in due}}
        return sum(self._claim(each, claims) for each in changed)

    def _add(self, place: Path, claim: Claim, *, size: int, modified: int) -> str | None:
        """Return the new path of a claim; None if it is not there."""
        path = path_in_name(claim.path) if place == claim.file else ""
        name = f"{milliseconds(self._clock.now()):013d}_{size}_{modified}_{claim.delivery_id}{path}"
        try:
            return self._moved(place, name)
        except FileNotFoundError:  # released before
            return None
        except OSError as error:
            raise TransientError(
                f"cannot keep {printable(claim.path)} for a possible late writer: {error}; the watcher needs write"
                f" permission in {self._folders[0]}"
            ) from error

    def _due(self, now: datetime) -> list[_Entry]:
        """Return the released files that are checked now, oldest first."""
        latest = milliseconds(now)
        kept = range(latest - int(self._keep.total_seconds() * 1_000) + 1, latest + 1)
        names = ((folder, name) for folder in self._folders for name in _listed(folder))
        found = (_Entry.parse(folder / name) for folder, name in names if not _is_recent(name, kept))
        return sorted(filter(None, found), key=lambda each: each.released_at)

    def _is_to_be_claimed(self, entry: _Entry) -> bool:
        """Return whether the file has changed and settled; one that cannot be read or removed delays no other one."""
        try:
            return self._has_changed_and_settled(entry)
        except OSError as error:
            self._report(entry.place, str(entry.place), error)
            return False

    def _has_changed_and_settled(self, entry: _Entry) -> bool:
        """Return whether the file may be claimed again; one that has not changed is removed instead."""
        if entry.size == NOT_ARCHIVED:
            self._return(entry)
            return False
        try:
            file = entry.file
            state = state_of(file.lstat()) if file else None
        except FileNotFoundError:  # another watcher has claimed or removed it
            return False
        if file and has_open_writer(file):
            return False
        if state and (state.size, state.modified) != (entry.size, entry.modified):
            settled = self._seen.get(entry.place) == state
            self._seen[entry.place] = state
            return settled
        _remove(entry, file)
        return False

    def _claim(self, entry: _Entry, claims: Path) -> bool:
        delivery_id = new_delivery_id(self._clock.now())
        try:
            entry.place.rename(claims / entry.claimed_as(delivery_id))
        except OSError as error:
            if os.path.lexists(entry.place):  # else another watcher has claimed it
                log.warning("file.not_returned", path=str(entry.place), why=str(error), next="trying again")
            return False
        log.warning("file.continued", delivery_id=delivery_id, continues=entry.delivery_id, next="it is taken in again")
        return True

    def _return(self, entry: _Entry) -> None:
        """Move a file that was not taken in, and its sidecar before it, to its path in the inbox."""
        if (file := entry.file) is None:
            shutil.rmtree(entry.place, ignore_errors=True)
            return
        path = str(file.relative_to(entry.place)) if entry.path is None else entry.path
        try:
            return_file(file, self._inbox, path, sidecar=entry.sidecar)
        except FileNotFoundError:  # another watcher has returned it
            return
        except OSError as error:
            self._report(entry.place, path, error)
            return
        self._not_returned.discard(entry.place)
        shutil.rmtree(entry.place, ignore_errors=True)
        why = "it changed just before it was claimed"
        log.info("file.returned", path=printable(path), delivery_id=entry.delivery_id, why=why)

    def _report(self, place: Path, path: str, error: OSError) -> None:
        if place not in self._not_returned:
            log.warning("file.not_returned", path=printable(path), why=str(error), next="trying again")
            self._not_returned.add(place)

    def _moved(self, place: Path, name: str) -> str:
        """Move a file or folder to the first folder that a rename can reach, and return its new path."""
        for folder in self._folders:
            try:
                return _rename_into(folder, place, name)
            except OSError as error:
                if error.errno != EXDEV or folder == self._folders[-1]:
                    raise
        raise ValueError("there is no folder for released files")


def _is_recent(name: str, kept: range) -> bool:
    """Return whether a name is that of a claim that was released at one of these times and is kept."""
    released_at, _, rest = name.partition("_")
    # Later times are treated as past: they come from a clock that was set back.
    return released_at.isdecimal() and int(released_at) in kept and not rest.startswith(f"{NOT_ARCHIVED}_")


def _listed(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208  # a path object for each of 40,000 names costs half a second
    except FileNotFoundError:  # nothing has been released yet
        return []


def _rename_into(folder: Path, place: Path, name: str) -> str:
    """Rename a file or folder to a name in a folder, which is created the first time. Raises ``OSError``."""
    target = f"{folder}/{name}"
    try:
        os.rename(place, target)  # noqa: PTH104  # a path object for each file costs more than the call
    except FileNotFoundError:
        folder.mkdir(parents=True, exist_ok=True)
        place.rename(target)
    return target


def _remove(entry: _Entry, file: Path | None) -> None:
    """Remove an entry; most folders have only this file, and are removed with fewer system calls than others."""
    if entry.path is not None:
        entry.place.unlink(missing_ok=True)
        return
    folder = entry.place
    try:
        if file:
            file.unlink()
            for parent in takewhile(lambda each: each != folder, file.parents):
                parent.rmdir()
        folder.rmdir()
    except OSError:  # it has other entries
        shutil.rmtree(folder, ignore_errors=True)
