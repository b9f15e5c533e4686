"""From a claimed file to a delivery that is archived, recorded and due."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from copytaster.archive import Archive
from copytaster.clock import Clock
from copytaster.delivery import Delivery, DeliveryId, Outcome, new_delivery_id
from copytaster.disposition import ADVICE
from copytaster.errors import TransientError
from copytaster.intake.brought_back import brought_back
from copytaster.intake.claims import Claim, Claims
from copytaster.intake.paths import printable, source_of
from copytaster.intake.refusal import Door, unreadable
from copytaster.journal import Journal, entry_of
from copytaster.quarantine import Quarantine, Report
from copytaster.store.ports import Ledger
from copytaster.work import FIRST_DUE, Publisher, Work

UNREAD_DUE = timedelta(minutes=10)
"""A delivery refused at the door is ended at once by its watcher; this covers a watcher that dies in between."""


LAST_ENTRIES = 10
"""Of the timeline in a report: two for each attempt, of which there are four by default, and what came before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """What takes a claimed file in: each step may be repeated after a crash, none loses the file."""

    ledger: Ledger
    archive: Archive
    journal: Journal
    quarantine: Quarantine
    clock: Clock
    door: Door

    def take(self, claim: Claim, *, by: str, refusal: Outcome | None = None) -> bool:
        """Archive, journal, record and make due; or refuse, record and move to quarantine. Returns whether it is due.

        ``refusal`` refuses a file that the rules at the door let pass, unread.
        Afterwards the claim may be released. Raises ``TransientError`` when archive, ledger or quarantine are away.
        """
        found = _look_at(claim)
        refusal = self.door.examine(claim.path, found) or refusal
        sha256: str | None = None
        if refusal is None:
            try:
                sha256 = self._archive(claim)
            except PermissionError as error:
                refusal = unreadable(claim.path, error.strerror or "permission denied")
        failed = claim.retry_of or brought_back(claim, self.quarantine, self.ledger)
        delivery = self._record(claim, found, sha256, retry_of=self._retry_of(failed, claim, by=by))
        self.journal.keep(entry_of(delivery, refusal))
        self.ledger.register(delivery, due_in=UNREAD_DUE if refusal else FIRST_DUE, by=by)
        if failed:
            self.quarantine.forget(failed, path=claim.path)
        if refusal is None:
            return True
        self.ledger.settle(delivery.id, refusal, by=by)
        recorded = self.ledger.get(delivery.id) or delivery
        self.quarantine.keep_file(claim.file, path=claim.path, report=report_of(recorded, refusal, self.clock))
        return False

    def _retry_of(self, failed: DeliveryId | None, claim: Claim, *, by: str) -> DeliveryId | None:
        """Link the failed delivery and this one; of many that bring a file again, the first is its retry."""
        if failed and self.ledger.note_retry(failed, claim.delivery_id, by=by) == claim.delivery_id:
            return failed
        return None

    def _archive(self, claim: Claim) -> str:
        try:
            descriptor = os.open(claim.file, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except PermissionError:
            raise
        except OSError as error:
            raise TransientError(f"cannot open {printable(claim.path)}: {error}") from error
        with os.fdopen(descriptor, "rb") as file:
            before = os.fstat(descriptor)
            sha256 = self.archive.put(file)
            after = os.fstat(descriptor)
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            raise TransientError(f"{printable(claim.path)} changed while it was read; its writer is slow and goes on")
        return sha256

    def _record(
        self, claim: Claim, found: os.stat_result, sha256: str | None, *, retry_of: DeliveryId | None
    ) -> Delivery:
        path = printable(claim.path)
        return Delivery(
            id=claim.delivery_id,
            name=path.rsplit("/", 1)[-1],
            path=path,
            source=source_of(claim.path),
            size=found.st_size if stat.S_ISREG(found.st_mode) else 0,
            sha256=sha256,
            received_at=self.clock.now(),
            retry_of=retry_of,
        )


def _look_at(claim: Claim) -> os.stat_result:
    try:
        return claim.file.lstat()
    except OSError as error:
        raise TransientError(f"cannot look at the claimed file {printable(claim.path)}: {error}") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposit:
    """Takes copies of files that lie elsewhere, as if they had been dropped into the inbox."""

    intake: Intake
    claims: Claims
    publisher: Publisher

    def copy_in(self, file: Path, *, path: str, by: str) -> Delivery:
        """Deliver a copy of ``file`` under ``path`` below the inbox; the file itself is left alone.

        Returns the delivery: due, or settled already when the door refused it. Raises ``TransientError``, then with the
        copy still claimed and nothing lost, and ``OSError`` when the file cannot be copied.
        """
        delivery_id = new_delivery_id(self.intake.clock.now())
        return self.take_in(self.claims.copy_in(file, path, delivery_id), by=by)

    def take_in(self, claim: Claim, *, by: str) -> Delivery:
        """Deliver a claimed file and return the delivery: due, or settled already. Raises ``TransientError``."""
        due = self.intake.take(claim, by=by)
        self.claims.release(claim)
        if due:
            self.publisher.publish(Work.INGEST, [claim.delivery_id])
        return self._recorded(claim.delivery_id)

    def _recorded(self, delivery_id: DeliveryId) -> Delivery:
        delivery = self.intake.ledger.get(delivery_id)
        if delivery is None:
            raise TransientError(f"the ledger has forgotten the delivery {delivery_id}; was the server emptied?")
        return delivery


def report_of(delivery: Delivery, outcome: Outcome, clock: Clock) -> Report:
    """Return the report that lies beside the delivery's file in quarantine."""
    if outcome.reason is None or outcome.message is None:
        raise ValueError(f"{delivery.path}: a file goes to quarantine for a reason")
    return Report(
        delivery_id=delivery.id,
        path=delivery.path,
        sha256=delivery.sha256,
        size=delivery.size,
        disposition=outcome.disposition,
        reason=outcome.reason,
        stage="ingest" if delivery.sha256 else "watcher",
        message=outcome.message,
        attempts=delivery.attempts,
        at=clock.now(),
        advice=ADVICE[outcome.reason],
        timeline=delivery.timeline[-LAST_ENTRIES:],
    )
