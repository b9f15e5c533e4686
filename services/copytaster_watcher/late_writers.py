"""Brings back what was written after a file had left the inbox: the writer had not finished, or continued.

Incomplete and empty files in quarantine return to the inbox when they change. A file that was taken in is claimed
again.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path, PurePath

import structlog

from copytaster.clock import Clock, Interval
from copytaster.errors import TransientError
from copytaster.intake.claim import InboxClaims
from copytaster.intake.file_filter import FileFilter
from copytaster.intake.inbox_paths import return_file
from copytaster.intake.printable_names import printable
from copytaster.model.disposition import Reason
from copytaster.quarantine.file_names import REPORT, report_path, sidecar_beside
from copytaster.quarantine.port import Report
from copytaster.system.remedies import explain_os_error

log = structlog.get_logger(__name__)

SCAN_INTERVAL = timedelta(seconds=3)
"""How often the quarantine is scanned. A scan of 100,000 names takes about a tenth of a second."""

MAX_NEW_REPORTS = 2_000
"""Maximum number of new reports that one scan reads. Each takes about 50 microseconds, and a full quarantine must not
delay the start."""

UNFINISHED = (Reason.INCOMPLETE, Reason.EMPTY)
"""The reasons of files whose writers may only be slow."""

NANOSECONDS = 1_000_000_000
"""Nanoseconds in a second."""

State = tuple[int, int, int]
"""A file's size, modification time in nanoseconds, and inode."""


@dataclass(slots=True)
class _Unfinished:
    """An incomplete or empty file: its report, and its state when it was first seen.

    ``first`` is None until the file has been seen.
    """

    report: Report
    first: State | None


class LateWriters:
    """Looks for late changes, in a thread of its own: during a burst it examines hundreds of files a second.

    Without a ``restorer`` files stay in the inbox, and its scan notices their changes.
    """

    def __init__(self, restorer: LateFileRestorer | None, claims: InboxClaims) -> None:
        self._restorer = restorer
        self._claims = claims

    def look(self) -> None:
        """Return changed files to the inbox, and claim those that were taken in. Raises ``TransientError``."""
        try:
            if self._restorer:
                self._restorer.restore_changed_files()
            self._claims.claim_changed()
        except OSError as error:
            raise TransientError(f"cannot look for late changes of files: {explain_os_error(error)}") from error


class LateFileRestorer:
    """Scans the quarantine once in ``SCAN_INTERVAL``, and remembers which reports are about unfinished files."""

    def __init__(self, quarantine: Path, inbox: Path, clock: Clock) -> None:
        self._quarantine = quarantine
        self._inbox = inbox
        self._clock = clock
        self._scans = Interval(SCAN_INTERVAL)
        self._unfinished: dict[Path, _Unfinished | None] = {}

    def restore_changed_files(self) -> int:
        """Move changed files back to their paths in the inbox, and return their number; 0 if the next scan is not due.

        A file stays in quarantine while the inbox has a file of the same path. The report stays in quarantine, so that
        the new delivery is registered as a retry; it is the same when a person moves the file.
        """
        now = self._clock.now()
        if not self._scans.has_passed(now):
            return 0
        reports = set(_reports(self._quarantine))
        self._unfinished = {path: entry for path, entry in self._unfinished.items() if path in reports}
        for path in sorted(reports - self._unfinished.keys())[:MAX_NEW_REPORTS]:
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
        path = _path_in_inbox(file.relative_to(self._quarantine), entry.report)
        # A file of a name that was taken got a number: intake finds neither its report nor its sidecar by its path.
        is_numbered = report_path(self._quarantine / path) != report_file
        sidecar = sidecar_beside(file) if is_numbered else None
        try:
            return_file(file, self._inbox, path, sidecar=sidecar)  # keeps the inode for its writer
        except OSError as error:
            log.warning("file.not_returned", path=printable(path), why=str(error), next="trying again")
            return False
        if is_numbered:
            for each in filter(None, (sidecar, report_file)):
                each.unlink(missing_ok=True)
        log.info("file.returned", path=printable(path), delivery_id=entry.report.delivery_id)
        return True


def _reports(folder: Path) -> list[Path]:
    reports, folders = list[Path](), [folder]
    while folders:
        with suppress(OSError):  # unreadable, or removed during the scan: the next scan tries again
            for entry in os.scandir(folders.pop()):
                if entry.name.endswith(REPORT):
                    reports.append(Path(entry.path))
                elif entry.is_dir(follow_symlinks=False) and FileFilter().is_entered(entry.name):
                    folders.append(Path(entry.path))
    return reports


def _read(path: Path) -> _Unfinished | None:
    try:
        content = path.read_bytes()
        # Most reports have other reasons, and a search for the words is faster than the validation of a report.
        is_possible = any(f'"{each.value}"'.encode() in content for each in UNFINISHED)
        report = Report.model_validate_json(content) if is_possible else None
    except (OSError, ValueError):
        return None
    return _Unfinished(report, first=None) if report and report.reason in UNFINISHED else None


def _path_in_inbox(stored: PurePath, report: Report) -> str:
    """Return the path that the file had in the inbox.

    The report has it in printable form. The name in quarantine has its characters, and a number if the name was taken.
    """
    parts, reported = stored.parts, PurePath(report.path).parts
    if len(parts) != len(reported):
        return report.path
    number = re.compile(rf"\.(\d+|{re.escape(report.delivery_id)})(?=(\.[^.]*)?$)")
    named = [
        next((each for each in (part, number.sub("", part, count=1)) if printable(each) == name), name)
        for part, name in zip(parts, reported, strict=True)
    ]
    return "/".join(named)


def _state(file: Path) -> State | None:
    try:
        status = file.lstat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns, status.st_ino


def _has_changed(state: State, entry: _Unfinished, now: datetime) -> bool:
    size, modified, _ = state
    # Times in the future are ignored: such a file would be moved back and quarantined again without end.
    written_since = entry.report.at.timestamp() < modified / NANOSECONDS <= now.timestamp()
    return state != entry.first or size != entry.report.size or written_since
