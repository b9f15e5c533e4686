"""The folder of files that did not become articles: each under its own name, with a report beside it."""

from __future__ import annotations

import hashlib
import itertools
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from pydantic import AwareDatetime

from copytaster.article import Document
from copytaster.delivery import DeliveryId
from copytaster.disposition import Disposition, Reason
from copytaster.errors import TransientError

REPORT = ".error.json"

NAME_BYTES = 255
"""The longest file name, in bytes, that Linux filesystems take."""

SUFFIX_BYTES = 16
"""Longer than any format's extension; what is longer is part of the name, and may be cut with it."""


class Report(Document):
    """What a person needs to know about a file in quarantine; lies beside it as ``NAME.error.json``."""

    delivery_id: DeliveryId
    path: str
    sha256: str | None
    size: int
    disposition: Disposition
    reason: Reason
    message: str
    attempts: int
    at: AwareDatetime
    advice: str


class Quarantine(Protocol):
    """Keeps files for a person. Nothing in it is ever overwritten; keeping twice for one delivery keeps once."""

    def keep_file(self, file: Path, *, path: str, report: Report) -> None:
        """Move ``file`` to ``path`` below the quarantine and write the report beside it.

        A ``file`` that is gone was moved by an earlier call. Raises ``TransientError`` when that fails.
        """
        ...

    def keep_content(self, content: bytes, *, path: str, report: Report) -> None:
        """Like ``keep_file`` for bytes in memory."""
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

    def _reserve(self, path: str, report: Report) -> Path:
        """Return the place for the file, the one reserved before if this delivery comes again."""
        self._folder.mkdir(parents=True, exist_ok=True)
        *folders, name = Path(path).parts
        folder = self._folder
        for each in folders:
            folder = next(candidate for candidate in _names(folder / each) if _entered(candidate))
        return next(target for target in _names(folder / name) if _reserved(target, report))

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
    stem = os.fsencode(wanted.name.removesuffix(suffix))
    for number in itertools.count(2):
        end = f".{number}{suffix}"
        kept = stem[: NAME_BYTES - len(os.fsencode(end))]
        yield wanted.with_name(kept.decode(errors="ignore") + end)


def _entered(folder: Path) -> bool:
    """Make the folder; say False where a file of this name is kept."""
    try:
        folder.mkdir(exist_ok=True)
    except FileExistsError:
        return False
    return True


def _reserved(target: Path, report: Report) -> bool:
    """Reserve the place by its report; say False when it is another delivery's."""
    beside = report_path(target)
    if beside.exists():
        return _reserved_for(beside) == report.delivery_id
    return not os.path.lexists(target) and _create(beside, report.model_dump_json(indent=2))


def _reserved_for(beside: Path) -> str | None:
    try:
        return Report.model_validate_json(beside.read_bytes()).delivery_id
    except ValueError:  # a person's file, or one from an older release: not ours to touch
        return None


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
