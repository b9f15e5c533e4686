"""The folder of files that did not become articles: each under its own name, with a report beside it."""

from __future__ import annotations

import hashlib
import itertools
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePath
from typing import Protocol

from pydantic import AwareDatetime

from copytaster.article import Document
from copytaster.delivery import DeliveryId, TimelineEntry
from copytaster.disposition import Disposition, Reason
from copytaster.errors import TransientError
from copytaster.ways_to_retry import ways_to_retry

REPORT = ".error.json"

NAME_BYTES = 255
"""The longest file name, in bytes, that Linux filesystems take."""

SUFFIX_BYTES = 16
"""Longer than any format's extension; what is longer is part of the name, and may be cut with it."""

LARGEST_CHARACTER = 4
"""Bytes of a character in UTF-8, at most; a cut name is this much shorter than it might be."""

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

    def keep_file(self, file: Path, *, path: str, report: Report) -> None:
        """Move ``file`` to ``path`` below the quarantine and write the report beside it.

        A ``file`` that is gone was moved by an earlier call. Raises ``TransientError`` when that fails.
        """
        ...

    def keep_content(self, content: bytes, *, path: str, report: Report) -> None:
        """Like ``keep_file`` for bytes in memory."""
        ...

    def find(self, delivery_id: DeliveryId, *, path: str) -> Path | None:
        """Return where the file of a delivery lies; None when it has left.

        Cost: one look where it lies under its own name, a listing of the whole quarantine otherwise.
        """
        ...

    def left_from(self, path: str) -> DeliveryId | None:
        """Return the delivery whose report lies at ``path`` below the quarantine while its file has left, else None."""
        ...

    def forget(self, delivery_id: DeliveryId, *, path: str) -> None:
        """Remove the report of a delivery whose file has left, so that the place is free; costs what ``find`` does."""
        ...


class FolderQuarantine:
    """A quarantine in a local folder. When a name is taken the next file is called ``NAME.2.EXT``, and so on.

    The report is the reservation: it is created exclusively, names its delivery, and the file follows.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep_file(self, file: Path, *, path: str, report: Report) -> None:
        """Move the file; see ``Quarantine.keep_file``."""
        try:
            target = self._reserve(path, report)
            if file.is_symlink() or file.exists():
                _move(file, target)
        except OSError as error:
            raise self._failed(path, error) from error

    def keep_content(self, content: bytes, *, path: str, report: Report) -> None:
        """Write the bytes; see ``Quarantine.keep_content``."""
        try:
            target = self._reserve(path, report)
            beside = target.with_name(f".{secrets.token_hex(8)}")
            beside.write_bytes(content)
            beside.replace(target)
        except OSError as error:
            raise self._failed(path, error) from error

    def find(self, delivery_id: DeliveryId, *, path: str) -> Path | None:
        """Return where the file lies; see ``Quarantine.find``."""
        report = self._report_of(delivery_id, path)
        return _file_of(report) if report else None

    def left_from(self, path: str) -> DeliveryId | None:
        """Return whose file has left; see ``Quarantine.left_from``."""
        place = self._folder / path
        return None if os.path.lexists(place) else _named_in(report_path(place))

    def forget(self, delivery_id: DeliveryId, *, path: str) -> None:
        """Remove the report; see ``Quarantine.forget``."""
        report = self._report_of(delivery_id, path)
        if report and _file_of(report) is None:
            with suppress(
                OSError
            ):  # a report too many misleads for a moment; a file that is not taken in waits for ever
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

    def _reserve(self, path: str, report: Report) -> Path:
        """Return the place for the file, the one reserved before if this delivery comes again."""
        self._folder.mkdir(parents=True, exist_ok=True)
        *folders, name = Path(path).parts
        folder = self._folder
        for each in folders:
            folder = next(candidate for candidate in _names(folder / each) if _entered(candidate))
        return next(target for target in _names(folder / name) if self._reserved(target, report))

    def _reserved(self, target: Path, report: Report) -> bool:
        """Reserve the place by its report; say False when it is another delivery's."""
        beside = report_path(target)
        if beside.exists():
            return _reserved_for(beside) == report.delivery_id
        ways = ways_to_retry(report.delivery_id, report.path, target.relative_to(self._folder.parent))
        placed = report.model_copy(update={"retry": ways})
        return not os.path.lexists(target) and _create(beside, placed.model_dump_json(indent=2))

    def _failed(self, path: str, error: OSError) -> TransientError:
        return TransientError(
            f"cannot put {path!r} into the quarantine {self._folder}: {error}; is its disk full or away?"
        )


def report_path(file: Path) -> Path:
    """Return where the report of ``file`` lies; a name that would be too long is cut and marked by its hash."""
    name = file.name + REPORT
    if len(os.fsencode(name)) > NAME_BYTES:
        mark = hashlib.sha256(os.fsencode(file.name)).hexdigest()[:8]
        kept = os.fsencode(file.name)[: NAME_BYTES - len(REPORT) - len(mark) - 1]
        name = f"{kept.decode(errors='ignore')}-{mark}{REPORT}"
    return file.with_name(name)


def _names(wanted: Path) -> Iterator[Path]:
    """Yield the name that is wanted, then ``NAME.2.EXT`` and so on, cut where it would be too long."""
    yield wanted
    suffix = wanted.suffix if len(os.fsencode(wanted.suffix)) <= SUFFIX_BYTES else ""
    stem = wanted.name.removesuffix(suffix)
    for number in itertools.count(2):
        end = f".{number}{suffix}"
        room = NAME_BYTES - len(os.fsencode(end))
        fits = len(os.fsencode(stem)) <= room
        yield wanted.with_name((stem if fits else os.fsencode(stem)[:room].decode(errors="ignore")) + end)


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


def _create(beside: Path, content: str) -> bool:
    """Create the report whole and only if it is not there; a hard link does both at once."""
    draft = beside.with_name(f".{secrets.token_hex(8)}")
    draft.write_text(content + "\n", encoding="utf-8")
    try:
        os.link(draft, beside)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True


def _move(file: Path, target: Path) -> None:
    """Rename where one filesystem allows it; else copy, then remove, so that a crash leaves two copies, never none."""
    try:
        file.rename(target)
    except OSError:
        beside = target.with_name(f".{secrets.token_hex(8)}")
        shutil.copy2(file, beside, follow_symlinks=False)
        beside.replace(target)
        file.unlink()


class MemoryQuarantine:
    """A quarantine in a dictionary of path to report: the fake that ships with the port."""

    def __init__(self) -> None:
        self.reports: dict[str, Report] = {}

    def keep_file(self, file: Path, *, path: str, report: Report) -> None:
        """Remember the report and remove the file; see ``Quarantine.keep_file``."""
        self.reports[path] = report
        file.unlink(missing_ok=True)

    def keep_content(self, content: bytes, *, path: str, report: Report) -> None:
        """Remember the report; see ``Quarantine.keep_content``."""
        del content
        self.reports[path] = report

    def find(self, delivery_id: DeliveryId, *, path: str) -> Path | None:
        """Return None: the files themselves are not kept."""
        del delivery_id, path
        return None

    def left_from(self, path: str) -> DeliveryId | None:
        """Return None: the files are as good as there."""
        del path
        return None

    def forget(self, delivery_id: DeliveryId, *, path: str) -> None:
        """Remove the report; see ``Quarantine.forget``."""
        if path in self.reports and self.reports[path].delivery_id == delivery_id:
            del self.reports[path]
