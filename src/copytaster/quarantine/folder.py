"""The folder of files that did not become articles: each under its own name, with a report beside it."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path, PurePath
from typing import BinaryIO, Protocol

from pydantic import AwareDatetime

from copytaster.archive.durable_files import create_exclusively, write_atomically
from copytaster.errors import TransientError
from copytaster.model.article import Document
from copytaster.model.delivery import DeliveryId, TimelineEntry
from copytaster.model.disposition import Disposition, Reason
from copytaster.model.metadata import SIDECAR
from copytaster.quarantine.file_names import (
    LARGEST_CHARACTER,
    NAME_BYTES,
    beside,
    copy,
    copy_readable,
    free_names,
    move,
)
from copytaster.quarantine.retry_instructions import retry_instructions

REPORT = ".error.json"

SURE_CHARACTERS = 50
"""So many characters of a name, of at most four bytes each, stay whatever is cut off its end."""


class Report(Document):
    """What a person needs to know about a file in quarantine; lies beside it as ``NAME.error.json``.

    ``delivery_id`` is also the trace id: it ties the ledger's timeline, the events and the lines of all logs together.
    ``stage`` is where the file failed, in the timeline's words; ``timeline`` has its last entries. ``retry`` says, with
    commands, how to try the file again; it is filled in when the file's place is known.
    """

    delivery_id: DeliveryId
    path: str
    sha256: str | None
    size: int
    disposition: Disposition
    reason: Reason
    stage: str
    message: str
    attempts: int
    at: AwareDatetime
    advice: str
    timeline: tuple[TimelineEntry, ...] = ()
    retry: tuple[str, ...] = ()


class Quarantine(Protocol):
    """Keeps files for a person. Nothing in it is ever overwritten; keeping twice for one delivery keeps once.

    Where a method asks for ``path``, it is the delivery's path below the inbox.
    """

    def keep_file(
        self, file: Path, *, path: str, report: Report, sidecar: Path | None = None, stays: bool = False
    ) -> None:
        """Move ``file`` to ``path`` below the quarantine and write the report beside it, and a copy of its sidecar.

        A file that ``stays`` is copied; what is no regular file, or cannot be read, leaves its report alone.

        A ``file`` that is gone was moved by an earlier call. Raises ``TransientError`` when that fails.
        """
        ...

    def keep_content(self, content: BinaryIO, *, path: str, report: Report) -> None:
        """Like ``keep_file`` for the rest of a stream, which is not held in memory."""
        ...

    def find(self, delivery_id: DeliveryId, *, path: str) -> Path | None:
        """Return where the file of a delivery lies; None when it has left.

        Cost: one look where it lies under its own name, a listing of the whole quarantine otherwise.
        """
        ...

    def outdated_at(self, path: str) -> DeliveryId | None:
        """Return the delivery whose incomplete file lies untouched at ``path`` below the quarantine, else None."""
        ...

    def left_from(self, path: str) -> DeliveryId | None:
        """Return the delivery whose report lies at ``path`` below the quarantine while its file has left, else None."""
        ...

    def sidecar(self, delivery_id: DeliveryId, *, path: str) -> Path | None:
        """Return where the sidecar of a delivery's file lies, which may have left; costs what ``find`` does."""
        ...

    def forget(self, delivery_id: DeliveryId, *, path: str, with_copy: bool = False) -> None:
        """Remove report and sidecar of a delivery whose file has left, so that the place is free.

        With ``with_copy`` what still lies there is removed first: an outdated copy of a file that has come again.
        Costs what ``find`` does.
        """
        ...


class FolderQuarantine:
    """A quarantine in a local folder. When a name is taken the next file is called ``NAME.2.EXT``, and so on.

    The report is the reservation: it is created exclusively, names its delivery, and the file follows.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep_file(
        self, file: Path, *, path: str, report: Report, sidecar: Path | None = None, stays: bool = False
    ) -> None:
        """Move the file; see ``Quarantine.keep_file``."""
        try:
            target = self._reserve(path, report, with_sidecar=sidecar is not None)
            if file.is_symlink() or file.exists():
                if sidecar:
                    copy(sidecar, sidecar_path(target))
                (copy_readable if stays else move)(file, target)
        except OSError as error:
            raise self._failed(path, error) from error

    def keep_content(self, content: BinaryIO, *, path: str, report: Report) -> None:
        """Write the bytes; see ``Quarantine.keep_content``."""
        try:
            target = self._reserve(path, report)
            write_atomically(target, lambda temporary: _write(content, temporary))
        except OSError as error:
            raise self._failed(path, error) from error

    def find(self, delivery_id: DeliveryId, *, path: str) -> Path | None:
        """Return where the file lies; see ``Quarantine.find``."""
        report = self._report_of(delivery_id, path)
        return _file_of(report) if report else None

    def outdated_at(self, path: str) -> DeliveryId | None:
        """Return whose incomplete copy lies there; see ``Quarantine.outdated_at``."""
        place = self._folder / path
        try:
            report = Report.model_validate_json(report_path(place).read_bytes())
            is_untouched = place.lstat().st_size == report.size
        except (OSError, ValueError):  # mostly there is neither
            return None
        return report.delivery_id if report.reason is Reason.INCOMPLETE and is_untouched else None

    def left_from(self, path: str) -> DeliveryId | None:
        """Return whose file has left; see ``Quarantine.left_from``."""
        place = self._folder / path
        return None if os.path.lexists(place) else _named_in(report_path(place))

    def sidecar(self, delivery_id: DeliveryId, *, path: str) -> Path | None:
        """Return where the sidecar lies; see ``Quarantine.sidecar``."""
        report = self._report_of(delivery_id, path)
        return _sidecar_of(report) if report else None

    def forget(self, delivery_id: DeliveryId, *, path: str, with_copy: bool = False) -> None:
        """Remove report and sidecar; see ``Quarantine.forget``."""
        report = self._report_of(delivery_id, path)
        if with_copy and report and (outdated := _file_of(report)):
            with suppress(OSError):
                outdated.unlink()
        if report and _file_of(report) is None:
            # A report too many misleads for a moment; a file that is not taken in waits for ever.
            with suppress(OSError):
                if sidecar := _sidecar_of(report):
                    sidecar.unlink()
                report.unlink()

    def _report_of(self, delivery_id: DeliveryId, path: str) -> Path | None:
        expected = report_path(self._folder / path)
        if _named_in(expected) == delivery_id:
            return expected
        # What is not plain in a name is escaped in the ledger's path, beginning with a backslash.
        begin = PurePath(path).stem[:SURE_CHARACTERS].partition("\\")[0]
        found = (
            Path(parent) / name
            for parent, _, names in os.walk(self._folder)
            for name in names
            if name.endswith(REPORT) and name.startswith(begin)
        )
        return next((each for each in found if _named_in(each) == delivery_id), None)

    def _reserve(self, path: str, report: Report, *, with_sidecar: bool = False) -> Path:
        """Return the place for the file, the one reserved before if this delivery comes again."""
        self._folder.mkdir(parents=True, exist_ok=True)
        *folders, name = Path(path).parts
        folder = self._folder
        for each in folders:
            folder = next(candidate for candidate in free_names(folder / each) if _entered(candidate))
        return next(
            target for target in free_names(folder / name) if self._reserved(target, report, with_sidecar=with_sidecar)
        )

    def _reserved(self, target: Path, report: Report, *, with_sidecar: bool) -> bool:
        """Reserve the place by its report; say False when it is another delivery's."""
        place = report_path(target)
        if place.exists():
            return _reserved_for(place) == report.delivery_id
        if with_sidecar and os.path.lexists(sidecar_path(target)):
            return False
        ways = retry_instructions(report.delivery_id, report.path, target.relative_to(self._folder.parent))
        placed = report.model_copy(update={"retry": ways})
        return not os.path.lexists(target) and create_exclusively(
            place, f"{placed.model_dump_json(indent=2)}\n".encode()
        )

    def _failed(self, path: str, error: OSError) -> TransientError:
        return TransientError(
            f"cannot put {path!r} into the quarantine {self._folder}: {error}; is its disk full or away?"
        )


def _write(content: BinaryIO, file: Path) -> None:
    with file.open("wb") as out:
        shutil.copyfileobj(content, out)


def report_path(file: Path) -> Path:
    """Return where the report of ``file`` lies; a name that would be too long is cut and marked by its hash."""
    return beside(file, REPORT)


def sidecar_path(file: Path) -> Path:
    """Return where the sidecar of ``file`` lies, likewise."""
    return beside(file, SIDECAR)


def _entered(folder: Path) -> bool:
    """Make the folder; say False where a file of this name is kept."""
    try:
        folder.mkdir(exist_ok=True)
    except FileExistsError:
        return False
    return True


def _reserved_for(beside: Path) -> DeliveryId | None:
    try:
        return Report.model_validate_json(beside.read_bytes()).delivery_id
    except ValueError:  # a person's file, or one from an older release: not ours to touch
        return None


def _named_in(report: Path) -> DeliveryId | None:
    """Return the delivery that a report names; None where there is no report, or a kept file that looks like one."""
    try:
        return None if report_path(report).exists() else _reserved_for(report)
    except OSError:  # most files that are taken in have none; one that cannot be read tells nothing
        return None


def _file_of(report: Path) -> Path | None:
    """Return the file that a report is about; None when it has left."""
    file = report.with_name(report.name.removesuffix(REPORT))
    if os.path.lexists(file):
        return file
    if len(os.fsencode(report.name)) <= NAME_BYTES - LARGEST_CHARACTER:
        return None
    # The report's name was cut: only the files' names can tell whose it is.
    return next((each for each in report.parent.iterdir() if report_path(each) == report), None)


def _sidecar_of(report: Path) -> Path | None:
    """Return the sidecar of the file that a report is about, whether the file is there or not."""
    sidecar = sidecar_path(report.with_name(report.name.removesuffix(REPORT)))
    # What has a report of its own is a file that was refused under a sidecar's name.
    return sidecar if sidecar.is_file() and not os.path.lexists(report_path(sidecar)) else None
