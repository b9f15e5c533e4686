"""Incomplete files in quarantine that change go back into the inbox: their writer was only slow.

A writer that has the file open writes on into it wherever it was moved, and one that starts again may replace it.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from copytaster.clock import Clock
from copytaster.intake.file_filter import is_entered
from copytaster.model.disposition import Reason
from copytaster.quarantine.folder import REPORT, Report, report_path

log = structlog.get_logger(__name__)

EVERY = timedelta(seconds=3)
"""How often the quarantine is looked through. A look at 100,000 names takes about a tenth of a second."""

MOST_NEW = 2_000
"""Reports that one look reads for the first time, some 50 microseconds each: a full quarantine must not hold up a
start."""

NANOSECONDS = 1_000_000_000
"""In a second."""

State = tuple[int, int, int]


@dataclass(slots=True)
class _Incomplete:
    """An incomplete file: its report, and its size, time and inode at our first look, None while it is not there."""

    report: Report
    first: State | None


class NoLateWriters:
    """Brings nothing back: where files stay in the inbox, a change is seen there."""

    def look(self) -> int:
        """Return 0."""
        return 0


class LateWriters:
    """Looks now and then; remembers which reports are about incomplete files."""

    def __init__(self, quarantine: Path, inbox: Path, clock: Clock) -> None:
        self._quarantine = quarantine
        self._inbox = inbox
        self._clock = clock
        self._next: datetime | None = None
        self._known: dict[Path, _Incomplete | None] = {}

    def look(self) -> int:
        """Move what has changed back to its path in the inbox, when it is time; return how many files that were.

        Nothing in the inbox is overwritten: while the name is taken there, the file stays. The report stays too, as
        when a person moves the file, so that the new delivery knows itself to be a retry.
        """
        now = self._clock.now()
        if self._next and now < self._next <= now + EVERY:
            return 0
        self._next = now + EVERY
        reports = set(_reports(self._quarantine))
        self._known = {path: known for path, known in self._known.items() if path in reports}
        for path in sorted(reports - self._known.keys())[:MOST_NEW]:
            self._known[path] = _read(path)
        return sum(self._bring_back(path, known, now) for path, known in list(self._known.items()) if known)

    def _bring_back(self, path: Path, known: _Incomplete, now: datetime) -> bool:
        file = path.with_name(path.name.removesuffix(REPORT))
        state = _state(file)
        if state is None:
            return False
        known.first = known.first or state
        if not _has_changed(state, known, now):
            return False
        # The same name may have come into quarantine again since its report was read.
        fresh = _read(path)
        del self._known[path]
        if fresh is None or fresh.report.delivery_id != known.report.delivery_id:
            return False
        target = self._inbox / known.report.path
        try:
            self._move(file, target)
        except OSError as error:
            log.warning("file.not_returned", path=known.report.path, why=str(error), next="trying again")
            return False
        if report_path(self._quarantine / known.report.path) != path:  # beside another name it would be nobody's
            path.unlink(missing_ok=True)
        log.info("file.returned", path=known.report.path, delivery_id=known.report.delivery_id)
        return True

    def _move(self, file: Path, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.parent.resolve().is_relative_to(self._inbox.resolve()):
            raise OSError(f"{target} is outside the inbox")
        try:
            # A link never overwrites and keeps the very file, so that an open writer goes on in the inbox.
            os.link(file, target, follow_symlinks=False)
        except FileExistsError:
            if not target.samefile(file):
                raise
        file.unlink()


def _reports(folder: Path) -> list[Path]:
    found, folders = list[Path](), [folder]
    while folders:
        with suppress(OSError):  # away, or gone meanwhile: the next look is soon
            for entry in os.scandir(folders.pop()):
                if entry.name.endswith(REPORT):
                    found.append(Path(entry.path))
                elif entry.is_dir(follow_symlinks=False) and is_entered(entry.name):
                    folders.append(Path(entry.path))
    return found


def _read(path: Path) -> _Incomplete | None:
    try:
        content = path.read_bytes()
        # Most reports are about something else, and a model takes longer than a look.
        report = Report.model_validate_json(content) if Reason.INCOMPLETE.value.encode() in content else None
    except (OSError, ValueError):
        return None
    return _Incomplete(report, first=None) if report and report.reason is Reason.INCOMPLETE else None


def _state(file: Path) -> State | None:
    try:
        found = file.lstat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns, found.st_ino


def _has_changed(state: State, known: _Incomplete, now: datetime) -> bool:
    size, modified, _ = state
    # A time in the future says nothing, and would send the file to and fro for ever.
    written_since = known.report.at.timestamp() < modified / NANOSECONDS <= now.timestamp()
    return state != known.first or size != known.report.size or written_since
