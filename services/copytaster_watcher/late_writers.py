"""Returns incomplete and empty files from quarantine to the inbox when they change: their writer was only slow.

A writer that has the file open continues to write into it after it was moved; a writer that starts again may replace
it.
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
from copytaster.quarantine.file_names import REPORT, report_path
from copytaster.quarantine.port import Report
from copytaster.system.open_files import move_to_free_name

log = structlog.get_logger(__name__)

SCAN_INTERVAL = timedelta(seconds=3)
"""How often the quarantine is scanned. A scan of 100,000 names takes about a tenth of a second."""

MOST_NEW = 2_000
"""Most reports that one scan reads for the first time, at about 50 microseconds each: a full quarantine must not delay
a start."""

UNFINISHED = (Reason.INCOMPLETE, Reason.EMPTY)
"""The reasons of files whose writers may only be slow."""

NANOSECONDS = 1_000_000_000
"""Nanoseconds in a second."""

State = tuple[int, int, int]
"""A file's size, modification time in nanoseconds, and inode."""


@dataclass(slots=True)
class _Unfinished:
    """An incomplete or empty file: its report, and its state when it was first seen; None while it does not exist."""

    report: Report
    first: State | None


class NoLateWriters:
    """Returns no files: where files stay in the inbox, changes are noticed there."""

    def return_changed(self) -> int:
        """Return 0."""
        return 0


class LateWriters:
    """Scans the quarantine now and then; remembers which reports are about unfinished files."""

    def __init__(self, quarantine: Path, inbox: Path, clock: Clock) -> None:
        self._quarantine = quarantine
        self._inbox = inbox
        self._clock = clock
        self._next: datetime | None = None
        self._unfinished: dict[Path, _Unfinished | None] = {}

    def return_changed(self) -> int:
        """Move changed files back to their paths in the inbox, and return their number; 0 between two scans.

        Nothing in the inbox is overwritten: while its name is taken there, a file stays in quarantine. The report
        stays, as when a person moves the file, so that the new delivery is registered as a retry.
        """
        now = self._clock.now()
        if self._next and now < self._next <= now + SCAN_INTERVAL:
            return 0
        self._next = now + SCAN_INTERVAL
        reports = set(_reports(self._quarantine))
        self._unfinished = {path: entry for path, entry in self._unfinished.items() if path in reports}
        for path in sorted(reports - self._unfinished.keys())[:MOST_NEW]:
            self._unfinished[path] = _read(path)
        return sum(self._return_file(path, entry, now) for path, entry in list(self._unfinished.items()) if entry)

    def _return_file(self, report_file: Path, entry: _Unfinished, now: datetime) -> bool:
        file = report_file.with_name(report_file.name.removesuffix(REPORT))
        state = _state(file)
        if state is None:
            return False
        entry.first = entry.first or state
        if not _has_changed(state, entry, now):
            return False
        # Another file of the same name may have been quarantined since the report was read.
        fresh = _read(report_file)
        del self._unfinished[report_file]
        if fresh is None or fresh.report.delivery_id != entry.report.delivery_id:
            return False
        path = entry.report.path
        try:
            self._move(file, self._inbox / path)
        except OSError as error:
            log.warning("file.not_returned", path=path, why=str(error), next="trying again")
            return False
        if report_path(self._quarantine / path) != report_file:  # under another name the report belongs to no file
            report_file.unlink(missing_ok=True)
        log.info("file.returned", path=path, delivery_id=entry.report.delivery_id)
        return True

    def _move(self, file: Path, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.parent.resolve().is_relative_to(self._inbox.resolve()):
            raise OSError(f"{target} is outside the inbox")
        move_to_free_name(file, target)  # keeps the inode: a writer that has the file open now writes into the inbox


def _reports(folder: Path) -> list[Path]:
    reports, folders = list[Path](), [folder]
    while folders:
        with suppress(OSError):  # not available, or removed meanwhile: the next scan follows soon
            for entry in os.scandir(folders.pop()):
                if entry.name.endswith(REPORT):
                    reports.append(Path(entry.path))
                elif entry.is_dir(follow_symlinks=False) and is_entered(entry.name):
                    folders.append(Path(entry.path))
    return reports


def _read(path: Path) -> _Unfinished | None:
    try:
        content = path.read_bytes()
        # Most reports have other reasons, and validating a report takes longer than searching for the reasons.
        is_possible = any(f'"{each.value}"'.encode() in content for each in UNFINISHED)
        report = Report.model_validate_json(content) if is_possible else None
    except (OSError, ValueError):
        return None
    return _Unfinished(report, first=None) if report and report.reason in UNFINISHED else None


def _state(file: Path) -> State | None:
    try:
        status = file.lstat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns, status.st_ino


def _has_changed(state: State, entry: _Unfinished, now: datetime) -> bool:
    size, modified, _ = state
    # A time in the future proves nothing, and would move the file back and forth endlessly.
    written_since = entry.report.at.timestamp() < modified / NANOSECONDS <= now.timestamp()
    return state != entry.first or size != entry.report.size or written_since
