"""From a claimed file to a delivery that is archived, recorded and due."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from copytaster.archive.journal import Journal, journal_entry
from copytaster.archive.originals import Archive
from copytaster.clock import Clock
from copytaster.errors import TransientError
from copytaster.intake.admission import AdmissionRules, unreadable
from copytaster.intake.claim import Claim
from copytaster.intake.lanes import LaneRule
from copytaster.intake.printable_names import printable, source_of
from copytaster.intake.rename_claims import RenameClaims
from copytaster.intake.returned_files import returned_delivery
from copytaster.intake.sidecar_recovery import SidecarRecovery, described, orphan
from copytaster.intake.source_defaults import SourceDefaults
from copytaster.model.delivery import Delivery, DeliveryId, Outcome, new_delivery_id
from copytaster.model.disposition import ADVICE
from copytaster.model.file_state import state_of
from copytaster.model.metadata import SIDECAR
from copytaster.model.work import FIRST_DUE, Publisher, Work
from copytaster.quarantine.folder import Quarantine, Report
from copytaster.store.ports.ledger import Ledger

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
    door: AdmissionRules
    source_files: SourceDefaults
    lanes: LaneRule = field(default_factory=LaneRule)

    def take(self, claim: Claim, *, by: str, refusal: Outcome | None = None) -> Work | None:
        """Archive, journal, record and make due; or refuse, record and move to quarantine.

        Returns the lane in which the delivery is due, None for one that was refused.

        ``refusal`` refuses a file that the rules at the door let pass, unread.
        Afterwards the claim may be released. Raises ``TransientError`` when archive, ledger or quarantine are away.
        """
        failed = claim.retry_of or returned_delivery(claim, self.quarantine, self.ledger)
        companions = SidecarRecovery(ledger=self.ledger, archive=self.archive, quarantine=self.quarantine)
        claim = companions.rejoin(claim, failed)
        known, refusal = self._keep(claim, refusal)
        delivery = Delivery.model_validate(known | {"retry_of": self._retry_of(failed, claim, by=by)})
        claim.confirm()
        self.journal.keep(journal_entry(delivery, refusal, file=claim.state))
        self.ledger.register(delivery, due_in=UNREAD_DUE if refusal else FIRST_DUE, by=by)
        if failed:
            self.quarantine.forget(failed, path=claim.path, with_copy=claim.stays)
        if refusal is None:
            return delivery.lane
        self.ledger.settle(delivery.id, refusal, by=by)
        report = report_of(self.ledger.get(delivery.id) or delivery, refusal, self.clock)
        self.quarantine.keep_file(claim.file, path=claim.path, report=report, sidecar=claim.sidecar, stays=claim.stays)
        return None

    def _keep(self, claim: Claim, refusal: Outcome | None) -> tuple[dict[str, object], Outcome | None]:
        """Archive the file and its sidecar unless they are refused; return what is known of the delivery, and why."""
        found = _look_at(claim)
        metadata, bad = described(claim)
        refusal = self.door.examine(claim.path, found) or orphan(claim.path) or refusal or bad
        known = self._seen(claim, found)
        if refusal:
            return known, refusal
        folder_defaults = self.source_files.about(claim.path)
        try:
            known["sha256"] = self._archive(claim.file, claim.path, found)
        except PermissionError as error:
            return known, unreadable(claim.path, error.strerror or "permission denied")
        if claim.sidecar:
            known["sidecar"] = self._archive(claim.sidecar, claim.path + SIDECAR)
        return known | {"metadata": metadata, "folder_defaults": folder_defaults}, None

    def _retry_of(self, failed: DeliveryId | None, claim: Claim, *, by: str) -> DeliveryId | None:
        """Link the failed delivery and this one; of many that bring a file again, the first is its retry."""
        if failed and self.ledger.note_retry(failed, claim.delivery_id, by=by) == claim.delivery_id:
            return failed
        return None

    def _archive(self, path: Path, name: str, seen: os.stat_result | None = None) -> str:
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except PermissionError:
            raise
        except OSError as error:
            raise TransientError(f"cannot open {printable(name)}: {error}") from error
        with os.fdopen(descriptor, "rb") as file:
            before = seen or os.fstat(descriptor)
            sha256 = self.archive.put(file)
            after = os.fstat(descriptor)
        if state_of(before) != state_of(after):
            raise TransientError(f"{printable(name)} changed while it was read; its writer is slow and goes on")
        return sha256

    def _seen(self, claim: Claim, found: os.stat_result) -> dict[str, object]:
        """Return the fields of the delivery that need no look into the file."""
        path = printable(claim.path)
        return {
            "id": claim.delivery_id,
            "name": path.rsplit("/", 1)[-1],
            "path": path,
            "source": source_of(claim.path),
            "size": found.st_size if stat.S_ISREG(found.st_mode) else 0,
            "sha256": None,
            "received_at": self.clock.now(),
            "lane": self._lane(claim, found),
        }

    def _lane(self, claim: Claim, found: os.stat_result) -> Work:
        """Return the lane: what somebody wants to be tried again is not old, whatever its file's times say."""
        now = self.clock.now()
        return self.lanes.lane_of(claim.path, now.timestamp() if claim.retry_of else found.st_mtime, now)


def _look_at(claim: Claim) -> os.stat_result:
    try:
        found = claim.file.lstat()
    except OSError as error:
        raise TransientError(f"cannot look at the claimed file {printable(claim.path)}: {error}") from error
    if claim.state and claim.state != state_of(found):
        raise TransientError(f"{printable(claim.path)} has changed since it was claimed; what it is now comes later")
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposit:
    """Takes copies of files that lie elsewhere, as if they had been dropped into the inbox."""

    intake: Intake
    claims: RenameClaims
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
        lane = self.intake.take(claim, by=by)
        self.claims.release(claim)
        if lane:
            self.publisher.publish(lane, [claim.delivery_id])
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
