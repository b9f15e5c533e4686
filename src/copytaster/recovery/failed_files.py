"""Failed files as people see them: with advice, with their bytes and with their reports."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from copytaster.archive.originals import Archive
from copytaster.clock import Clock
from copytaster.errors import PermanentError
from copytaster.intake.file_intake import report_of
from copytaster.model.delivery import Delivery, DeliveryId, Outcome
from copytaster.model.disposition import ADVICE, Disposition, Reason
from copytaster.quarantine.port import Quarantine, Report
from copytaster.recovery.retry import UnknownDeliveryError
from copytaster.store.ports.failed_files import FailedFiles, FailedQuery
from copytaster.store.ports.ledger import Ledger
from copytaster.system.running_version import running_version

PAGE = 200
"""Records per round trip; more would block other clients of the server."""


class FailedFile(Delivery):
    """A failed delivery. ``advice`` is what a person can do about it.

    ``retryable`` is false if a retry of the unchanged file by the running version of the program ends in the same way.
    """

    retryable: bool
    advice: str | None


def failed_file(delivery: Delivery) -> FailedFile:
    """Return a failed delivery with what a person needs to decide about it."""
    return FailedFile(
        **{name: getattr(delivery, name) for name in Delivery.model_fields},
        retryable=delivery.may_change(running_version()),
        advice=ADVICE[delivery.reason] if delivery.reason else None,
    )


def all_failed(failed: FailedFiles, query: FailedQuery) -> Iterator[Delivery]:
    """Yield all failed files that meet the conditions, oldest first. Cost: a round trip for every 200 failed files."""
    query = replace(query, oldest_first=True, limit=PAGE)
    while True:
        page = failed.find(query)
        yield from page.deliveries
        if page.position is None:
            return
        query = replace(query, after=page.position)


def is_worth_retrying(failed: Delivery, query: FailedQuery) -> bool:
    """Return whether a retry of what the query finds includes this file.

    A query with a reason is about all its files. Otherwise those are left out that a retry of the unchanged file cannot
    change, such as orphan sidecars, which have to wait for their files.
    """
    return query.reason is not None or failed.may_change(running_version())


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedContent:
    """Reads the bytes of failed files, and the reports on them."""

    ledger: Ledger
    quarantine: Quarantine
    archive: Archive
    clock: Clock

    def find(self, delivery_id: DeliveryId) -> Delivery:
        """Return a failed delivery that was not retried, with its timeline. Raises ``UnknownDeliveryError``."""
        delivery = self.ledger.get(delivery_id)
        if delivery is None or not delivery.has_failed_file:
            raise UnknownDeliveryError(delivery_id)
        return delivery

    @contextmanager
    def open(self, delivery: Delivery) -> Iterator[BinaryIO]:
        """Open the file as it is in the quarantine now, or the original if it has left the quarantine.

        Raises ``PermanentError`` (``original_missing``, ``original_damaged``), ``TransientError`` and ``OSError``.
        """
        file = self.quarantine.find(delivery.id, path=delivery.path)
        if file is not None:
            with _open_regular(file) as content:
                yield content
            return
        if delivery.sha256 is None:
            raise PermanentError(
                Reason.ORIGINAL_MISSING, f"{delivery.path} has left the quarantine, and the archive never had it"
            )
        with self.archive.open(delivery.sha256) as original:
            yield original

    def report(self, delivery: Delivery) -> Report:
        """Return the report in the quarantine, or one made from the ledger if a person has removed it."""
        if found := self.quarantine.report(delivery.id, path=delivery.path):
            return found
        outcome = Outcome(
            disposition=delivery.disposition or Disposition.QUARANTINED,
            reason=delivery.reason,
            message=delivery.message or "",
        )
        return report_of(delivery, outcome, self.clock)


def _open_regular(file: Path) -> BinaryIO:
    """Open a file that anybody may have dropped: no link is followed, and no pipe is waited for."""
    descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise PermanentError(Reason.NOT_A_FILE, f"{file.name} is not a regular file: it has no bytes to read")
    return os.fdopen(descriptor, "rb")
