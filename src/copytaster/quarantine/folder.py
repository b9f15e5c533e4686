"""The quarantine in a local folder: each failed file under its own name, with a report beside it."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from errno import EXDEV
from itertools import islice
from pathlib import Path, PurePath
from typing import BinaryIO

from copytaster.archive.durable_files import create_exclusively, write_atomically
from copytaster.errors import TransientError, outage_error
from copytaster.model.delivery import DeliveryId
from copytaster.model.disposition import Reason
from copytaster.model.outage import Resource
from copytaster.quarantine.file_names import (
    LARGEST_CHARACTER,
    MAX_NUMBER,
    NAME_BYTES,
    REPORT,
    UNCUT_CHARACTERS,
    copy_readable,
    copy_sidecar,
    delivery_names,
    move,
    numbered_names,
    report_path,
    sidecar_beside,
    sidecar_path,
)
from copytaster.quarantine.later_moves import LaterMoves
from copytaster.quarantine.port import Report
from copytaster.quarantine.retry_instructions import retry_instructions

ESCAPE = "\\"
"""The first character of the escapes in a printable path."""


@dataclass(frozen=True, slots=True)
class _Place:
    """The paths of a delivery's file, which may have been removed, and of its report."""

    file: Path
    report: Path


class FolderQuarantine:
    """Implements ``Quarantine``. Further files of a name are called ``NAME.2.EXT`` to ``NAME.9.EXT``.

    All others have their delivery's id in place of the number, so that storing and finding a file takes constant time.

    The report reserves the name: it is created exclusively and contains the delivery id; the file is added after it.
    ``later`` moves files from other filesystems that take long.
    """

    def __init__(self, folder: Path, later: LaterMoves | None = None) -> None:
        self._folder = folder
        self._later = later

    def add_file(
        self, file: Path, *, path: str, report: Report, sidecar: Path | None = None, leave_in_place: bool = False
    ) -> None:
        """Move the file into the folder; see ``Quarantine.add_file``."""
        try:
            target = self._reserve(path, report, with_sidecar=sidecar is not None)
            if file.is_symlink() or file.exists():
                if sidecar and os.path.lexists(sidecar):
                    _add_sidecar(sidecar, sidecar_path(target))
                if leave_in_place:
                    copy_readable(file, target)
                else:
                    self._move(file, target, report.delivery_id)
        except OSError as error:
            raise self._failure(path, error) from error

    def add_content(self, content: BinaryIO, *, path: str, report: Report) -> None:
        """Write the content to a file; see ``Quarantine.add_content``."""
        try:
            target = self._reserve(path, report)
            write_atomically(target, lambda temporary: _write(content, temporary))
        except OSError as error:
            raise self._failure(path, error) from error

    def find(self, delivery_id: DeliveryId, *, path: str) -> Path | None:
        """Return the path of the file; see ``Quarantine.find``."""
        place = self._place_of(delivery_id, path)
        if place is None or os.path.lexists(place.file):
            return place.file if place else None
        return self._later.find(delivery_id, place.file) if self._later else None

    def report(self, delivery_id: DeliveryId, *, path: str) -> Report | None:
        """Return the report; see ``Quarantine.report``."""
        place = self._place_of(delivery_id, path)
        return _read_report(place.report) if place else None

    def find_sidecar(self, delivery_id: DeliveryId, *, path: str) -> Path | None:
        """Return the path of the sidecar; see ``Quarantine.find_sidecar``."""
        place = self._place_of(delivery_id, path)
        return sidecar_beside(place.file) if place else None

    def outdated_copy_at(self, path: str) -> DeliveryId | None:
        """Return the delivery of an unchanged incomplete copy; see ``Quarantine.outdated_copy_at``."""
        file = self._folder / path
        try:
            report = Report.model_validate_json(report_path(file).read_bytes())
            is_unchanged = file.lstat().st_size == report.size
        except (OSError, ValueError):  # the usual case: neither the report nor the file exists
            return None
        return report.delivery_id if report.reason is Reason.INCOMPLETE and is_unchanged else None

    def orphaned_report_at(self, path: str) -> DeliveryId | None:
        """Return the delivery of a report without a file; see ``Quarantine.orphaned_report_at``."""
        at = f"{self._folder}/{path}"
        # Most paths have no report, under a name that is not shortened; path objects cost more than this call.
        if len(os.fsencode(path)) + len(REPORT) <= NAME_BYTES and not os.path.lexists(f"{at}{REPORT}"):
            return None
        return None if os.path.lexists(at) else _delivery_named_in(report_path(Path(at)))

    def remove_report(self, delivery_id: DeliveryId, *, path: str, with_copy: bool = False) -> None:
        """Remove report and sidecar; see ``Quarantine.remove_report``."""
        place = self._place_of(delivery_id, path)
        if place and with_copy:
            with suppress(OSError):
                place.file.unlink()
        if place and not os.path.lexists(place.file):
            # Errors are ignored: a left-over report is misleading for a moment, but an error here would stop the
            # intake of the file for ever.
            with suppress(OSError):
                if sidecar := sidecar_beside(place.file):
                    sidecar.unlink()
                place.report.unlink()

    def _move(self, file: Path, target: Path, delivery_id: DeliveryId) -> None:
        try:
            file.rename(target)
        except OSError as error:
            if error.errno != EXDEV or not (self._later and self._later.accept(file, target, delivery_id)):
                move(file, target)

    def _place_of(self, delivery_id: DeliveryId, path: str) -> _Place | None:
        *folders, name = PurePath(path).parts
        folder = self._folder
        for each in folders:
            folder = next(candidate for candidate in numbered_names(folder / each) if not _is_file(candidate))
        for file in islice(delivery_names(folder / name, delivery_id), MAX_NUMBER + 1):
            if _delivery_named_in(report := report_path(file)) == delivery_id:
                return _Place(file, report)
        return self._search(delivery_id, path) if ESCAPE in path else None

    def _search(self, delivery_id: DeliveryId, path: str) -> _Place | None:
        """Search the whole quarantine: the ledger's path has escapes in place of characters of the file's path."""
        start = PurePath(path).stem[:UNCUT_CHARACTERS].partition(ESCAPE)[0]
        reports = (
            Path(parent) / name
            for parent, _, names in os.walk(self._folder)
            for name in names
            if name.endswith(REPORT) and name.startswith(start)
        )
        report = next((each for each in reports if _delivery_named_in(each) == delivery_id), None)
        return _Place(_file_of(report), report) if report else None

    def _reserve(self, path: str, report: Report, *, with_sidecar: bool = False) -> Path:
        """Return a path for the file; a delivery that is added again gets the same one."""
        self._folder.mkdir(parents=True, exist_ok=True)
        *folders, name = Path(path).parts
        folder = self._folder
        for each in folders:
            folder = next(candidate for candidate in numbered_names(folder / each) if _is_folder(candidate))
        names = delivery_names(folder / name, report.delivery_id)
        return next(target for target in names if self._reserved(target, report, with_sidecar=with_sidecar))

    def _reserved(self, target: Path, report: Report, *, with_sidecar: bool) -> bool:
        """Reserve the name by creating its report; return False if another delivery has the name."""
        file = report_path(target)
        if file.exists():
            return _reserved_for(file) == report.delivery_id
        if with_sidecar and os.path.lexists(sidecar_path(target)):
            return False
        retry = retry_instructions(report.delivery_id, report.path, target.relative_to(self._folder.parent))
        complete = report.model_copy(update={"retry": retry})
        return not os.path.lexists(target) and create_exclusively(
            file, f"{complete.model_dump_json(indent=2)}\n".encode()
        )

    def _failure(self, path: str, error: OSError) -> TransientError:
        what = f"put {path!r} into the quarantine {self._folder}"
        return outage_error(what, error, resource=Resource.QUARANTINE, place=self._folder)


def _add_sidecar(sidecar: Path, target: Path) -> None:
    write_atomically(target, lambda temporary: copy_sidecar(sidecar, temporary))


def _write(content: BinaryIO, file: Path) -> None:
    with file.open("wb") as out:
        shutil.copyfileobj(content, out)


def _is_folder(path: Path) -> bool:
    """Create the folder if it is missing; return False if a file has this name."""
    try:
        path.mkdir(exist_ok=True)
    except FileExistsError:
        return False
    return True


def _is_file(path: Path) -> bool:
    return os.path.lexists(path) and not path.is_dir()


def _reserved_for(report: Path) -> DeliveryId | None:
    found = _read_report(report)
    return found.delivery_id if found else None


def _read_report(file: Path) -> Report | None:
    try:
        return Report.model_validate_json(file.read_bytes())
    except ValueError:  # not a report of this release, for example a person's file: it must not be changed
        return None


def _delivery_named_in(report: Path) -> DeliveryId | None:
    """Return the delivery that a report names; None if there is no report, or if it is itself a quarantined file."""
    try:
        # The first is the usual case: there is no report.
        return None if not os.path.lexists(report) or report_path(report).exists() else _reserved_for(report)
    except OSError:  # an unreadable report has the same effect
        return None


def _file_of(report: Path) -> Path:
    """Return the path of the file that a report is about, whether the file exists or not."""
    file = report.with_name(report.name.removesuffix(REPORT))
    if os.path.lexists(file) or len(os.fsencode(report.name)) <= NAME_BYTES - LARGEST_CHARACTER:
        return file
    # The report's name was shortened, so it does not contain the file's name: compare with each file's report name.
    return next((each for each in report.parent.iterdir() if report_path(each) == report), file)
