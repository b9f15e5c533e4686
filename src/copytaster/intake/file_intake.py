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
from copytaster.intake.metadata_reader import MetadataReader
from copytaster.intake.printable_names import printable, source_of
from copytaster.intake.rename_claims import RenameClaims
from copytaster.intake.returned_files import returned_delivery
from copytaster.intake.sidecar_recovery import SidecarRecovery, described, orphan
from copytaster.intake.source_defaults import SourceDefaults, declared_source
from copytaster.model.delivery import Delivery, DeliveryId, Outcome, new_delivery_id
from copytaster.model.disposition import ADVICE
from copytaster.model.file_state import state_of
from copytaster.model.metadata import SIDECAR
from copytaster.model.work import FIRST_DUE, Publisher, Work
from copytaster.quarantine.port import Quarantine, Report
from copytaster.store.ports.ledger import Ledger
from copytaster.system.remedies import explain_os_error

REFUSED_DUE = timedelta(minutes=10)
"""Due time of a refused delivery. Its watcher settles it at once; this covers a watcher that dies in between."""

LAST_ENTRIES = 10
"""Timeline entries in a report: three for each of the three default attempts, and one before them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Takes claimed files in. Each step may be repeated after a crash, and no step loses the file."""

    ledger: Ledger
    archive: Archive
    journal: Journal
    quarantine: Quarantine
    clock: Clock
    admission: AdmissionRules
    source_defaults: SourceDefaults
    metadata_reader: MetadataReader
    lanes: LaneRule = field(default_factory=LaneRule)

    def take(self, claim: Claim, *, by: str, refusal: Outcome | None = None, suspect: bool = False) -> Work | None:
        """Archive the file and register a due delivery; or refuse the file and move it to quarantine.

        Returns the lane in which the delivery is due, None if the file was refused. ``refusal`` refuses a file that the
        admission rules would let pass; a ``suspect`` is due in the lane of that name. Afterwards the claim may be
        released. Raises ``TransientError`` when archive, ledger or quarantine do not answer.
        """
        failed = claim.retry_of or returned_delivery(claim, self.quarantine, self.ledger)
        companions = SidecarRecovery(ledger=self.ledger, archive=self.archive, quarantine=self.quarantine)
        claim = companions.rejoin(claim, failed)
        known, refusal = self._keep(claim, refusal)
        lane = {"lane": Work.SUSPECT} if suspect else {}
        known |= lane | {"retry_of": self._retry_of(failed, claim, by=by), "continues": claim.continues}
        delivery = Delivery.model_validate(known)
        claim.confirm()
        self.journal.append(journal_entry(delivery, refusal, file=claim.state if claim.is_left_in_place else None))
        self.ledger.register(delivery, due_in=REFUSED_DUE if refusal else FIRST_DUE, by=by)
        if failed:
            self.quarantine.remove_report(failed, path=claim.path, with_copy=claim.is_left_in_place)
        if refusal is None:
            return delivery.lane
        self.ledger.settle(delivery.id, refusal, by=by)
        report = report_of(self.ledger.get(delivery.id) or delivery, refusal, self.clock)
        self.quarantine.add_file(
            claim.file, path=claim.path, report=report, sidecar=claim.sidecar, leave_in_place=claim.is_left_in_place
        )
        return None

    def _keep(self, claim: Claim, refusal: Outcome | None) -> tuple[dict[str, object], Outcome | None]:
        """Archive the file and its sidecar unless they are refused; return the delivery's fields and the refusal."""
        status = _stat(claim)
        metadata, bad = described(claim, self.metadata_reader)
        refusal = self.admission.examine(claim.path, status) or orphan(claim.path) or refusal or bad
        fields = self._fields(claim, status)
        if refusal:
            return fields, refusal
        folder_defaults = self.source_defaults.about(claim.path)
        try:
            fields["sha256"] = self._archive(claim.file, claim.path, status)
        except PermissionError as error:
            return fields, unreadable(claim.path, error.strerror or "permission denied")
        if claim.sidecar:
            fields["sidecar"] = self._archive(claim.sidecar, claim.path + SIDECAR)
        source = declared_source(source_of(claim.path), folder_defaults)
        return fields | {"metadata": metadata, "folder_defaults": folder_defaults, "source": source}, None

    def _retry_of(self, failed: DeliveryId | None, claim: Claim, *, by: str) -> DeliveryId | None:
        """Link the failed delivery to this one. If several deliveries return the same file, the first is its retry."""
        if failed and self.ledger.record_retry(failed, claim.delivery_id, by=by) == claim.delivery_id:
            return failed
        return None

    def _archive(self, path: Path, name: str, seen: os.stat_result | None = None) -> str:
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except PermissionError:
            raise
        except OSError as error:
            raise TransientError(f"cannot open {printable(name)}: {explain_os_error(error)}") from error
        with os.fdopen(descriptor, "rb") as file:
            before = seen or os.fstat(descriptor)
            sha256 = self.archive.put(file)
            after = os.fstat(descriptor)
        if state_of(before) != state_of(after):
            raise TransientError(f"{printable(name)} changed while it was read: its writer has not finished")
        return sha256

    def _fields(self, claim: Claim, status: os.stat_result) -> dict[str, object]:
        """Return the delivery's fields that do not depend on the file's content."""
        path = printable(claim.path)
        return {
            "id": claim.delivery_id,
            "name": path.rsplit("/", 1)[-1],
            "path": path,
            "source": source_of(claim.path),
            "size": status.st_size if stat.S_ISREG(status.st_mode) else 0,
            "sha256": None,
            "received_at": self.clock.now(),
            "lane": self._lane(claim, status),
        }

    def _lane(self, claim: Claim, status: os.stat_result) -> Work:
        """Return the lane. A retried file is live, whatever its modification time."""
        now = self.clock.now()
        return self.lanes.lane_of(claim.path, now.timestamp() if claim.retry_of else status.st_mtime, now)


def _stat(claim: Claim) -> os.stat_result:
    try:
        status = claim.file.lstat()
    except OSError as error:
        raise TransientError(
            f"cannot stat the claimed file {printable(claim.path)}: {explain_os_error(error)}"
        ) from error
    if claim.state and claim.state != state_of(status):
        raise TransientError(f"{printable(claim.path)} has changed since it was claimed; its new state is taken later")
    return status


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposit:
    """Takes in copies of files from anywhere, as if they had been dropped into the inbox."""

    intake: Intake
    claims: RenameClaims
    publisher: Publisher

    def copy_in(self, file: Path, *, path: str, by: str) -> Delivery:
        """Deliver a copy of ``file`` under ``path`` below the inbox; the file itself stays.

        Returns the delivery: due, or settled if the admission rules refused it. Raises ``TransientError``, with the
        copy still claimed and nothing lost, and ``OSError`` when the file cannot be copied.
        """
        delivery_id = new_delivery_id(self.intake.clock.now())
        return self.take_in(self.claims.copy_in(file, path, delivery_id), by=by)

    def take_in(self, claim: Claim, *, by: str) -> Delivery:
        """Deliver a claimed file and return the delivery: due, or settled. Raises ``TransientError``."""
        lane = self.intake.take(claim, by=by)
        self.claims.release(claim)
        if lane:
            self.publisher.publish(lane, [claim.delivery_id])
        return self._recorded(claim.delivery_id)

    def _recorded(self, delivery_id: DeliveryId) -> Delivery:
        delivery = self.intake.ledger.get(delivery_id)
        if delivery is None:
            raise TransientError(f"the ledger has no delivery {delivery_id} any more; was the server emptied?")
        return delivery


def report_of(delivery: Delivery, outcome: Outcome, clock: Clock) -> Report:
    """Return the report that is stored beside the delivery's file in quarantine."""
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
