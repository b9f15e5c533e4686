"""The port of the quarantine: failed files that a person has to look at, each with a report."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO, Protocol

from pydantic import AwareDatetime

from copytaster.model.article import Document
from copytaster.model.delivery import DeliveryId, TimelineEntry
from copytaster.model.disposition import Disposition, Reason


class Report(Document):
    """Why a file is in quarantine and what to do about it; stored beside the file as ``NAME.error.json``.

    ``delivery_id`` is also the trace id: the ledger's timeline, the events and the lines of all logs contain it.
    ``stage`` is the stage of the timeline at which the file failed; ``timeline`` contains the last entries. ``retry``
    lists ways to try the file again, with commands; the quarantine adds it when it has chosen the file's path.
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
    """Stores failed files. Nothing is ever overwritten; adding a delivery twice stores its file once.

    Every parameter ``path`` is the delivery's path below the inbox, unless a method says otherwise.
    """

    def add_file(
        self, file: Path, *, path: str, report: Report, sidecar: Path | None = None, leave_in_place: bool = False
    ) -> None:
        """Move ``file`` to ``path`` below the quarantine, and write its report and a copy of its sidecar beside it.

        With ``leave_in_place`` the file is copied instead. If a file that has to be copied has no bytes, such as a
        pipe, or stays and cannot be read, only the report is written. A missing ``file`` was moved by an earlier call,
        a missing ``sidecar`` removed by its sender. Raises ``TransientError`` on failure.
        """
        ...

    def add_content(self, content: BinaryIO, *, path: str, report: Report) -> None:
        """Like ``add_file``, for the rest of a stream; the content is not held in memory."""
        ...

    def find(self, delivery_id: DeliveryId, *, path: str) -> Path | None:
        """Return the path of a delivery's file; None if the file has been removed, or moved by a person.

        Cost: at most ten small files are read; if ``path`` has escapes, the whole quarantine may be listed.
        """
        ...

    def report(self, delivery_id: DeliveryId, *, path: str) -> Report | None:
        """Return the report on a delivery's file, even if the file has been removed; None if there is none.

        Cost: as ``find``.
        """
        ...

    def find_sidecar(self, delivery_id: DeliveryId, *, path: str) -> Path | None:
        """Return the path of the sidecar of a delivery's file, even if the file has been removed. Cost: as ``find``."""
        ...

    def outdated_copy_at(self, path: str) -> DeliveryId | None:
        """Return the delivery whose incomplete file is stored unchanged at ``path`` below the quarantine, else None."""
        ...

    def orphaned_report_at(self, path: str) -> DeliveryId | None:
        """Return the delivery whose report is at ``path`` below the quarantine without its file, else None."""
        ...

    def remove_report(self, delivery_id: DeliveryId, *, path: str, with_copy: bool = False) -> None:
        """Remove report and sidecar of a delivery whose file has been removed, so that the path is free again.

        ``with_copy`` removes the stored file first: it is an outdated copy of a file that was delivered again.
        Cost: as ``find``.
        """
        ...
