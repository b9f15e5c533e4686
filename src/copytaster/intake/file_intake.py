"""From claimed files to deliveries that are archived, recorded and due."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from copytaster.archive.journal import Journal, JournalEntry, journal_entry
from copytaster.archive.originals import Archive
from copytaster.clock import Clock
from copytaster.errors import TransientError
from copytaster.intake.admission import AdmissionRules, require_regular_file, unreadable
from copytaster.intake.claim import Claim
from copytaster.intake.earlier_attempts import find_refusal
from copytaster.intake.lanes import LaneRule
from copytaster.intake.metadata_reader import MetadataReader
from copytaster.intake.printable_names import printable, source_of
from copytaster.intake.rename_claims import RenameClaims
from copytaster.intake.returned_files import returned_delivery
from copytaster.intake.sidecar_recovery import SidecarRecovery, described, orphan
from copytaster.intake.source_defaults import SourceDefaults, declared_source
from copytaster.model.delivery import Delivery, DeliveryId, Outcome, new_delivery_id
from copytaster.model.disposition import ADVICE
from copytaster.model.file_state import FileState, state_of
from copytaster.model.metadata import SIDECAR
from copytaster.model.sighting import watched_source
from copytaster.model.work import FIRST_DUE, Publisher, Work
from copytaster.quarantine.port import Quarantine, Report
from copytaster.store.ports.ledger import Ledger
from copytaster.system.remedies import explain_os_error

REFUSED_DUE = timedelta(minutes=10)
"""Due time of a refused delivery. Its watcher settles it at once; this covers a watcher that dies in between."""

LAST_ENTRIES = 10
"""Timeline entries in a report: three for each of the three default attempts, and one before them."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A claimed file to take in.

    ``refusal`` refuses a file that the admission rules would let pass; a ``suspect`` is due in the lane of that name.
    ``changed_at`` is when the file was last written or renamed, None if that is not known.
    """

    claim: Claim
    refusal: Outcome | None = None
    suspect: bool = False
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Original:
    """Bytes to archive: the delivery's field for their hash, the file's name for messages, and its first state."""

    field: str
    name: str
    bytes: BinaryIO
    state: FileState

    def require_unchanged(self) -> None:
        """Raise ``TransientError`` if the file has changed since its first state."""
        if state_of(os.fstat(self.bytes.fileno())) != self.state:
            raise TransientError(f"{printable(self.name)} changed while it was read: its writer has not finished")


@dataclass(slots=True)
class _File:
    """A claimed file on its way: the failed delivery that it retries, the fields of its delivery, its opened bytes."""

    claim: Claim
    failed: DeliveryId | None
    fields: dict[str, object]
    refusal: Outcome | None
    originals: list[_Original] = field(default_factory=list)

    def open(
        self, name_of_field: str, path: Path, name: str, opened: ExitStack, *, seen: os.stat_result | None = None
    ) -> None:
        """Open bytes to archive. Raises ``PermissionError`` and ``TransientError``."""
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except PermissionError:
            raise
        except OSError as error:
            raise TransientError(f"cannot open {printable(name)}: {explain_os_error(error)}") from error
        file = opened.enter_context(os.fdopen(descriptor, "rb", buffering=0))  # it is read in large chunks
        self.originals.append(_Original(name_of_field, name, file, state_of(seen or os.fstat(descriptor))))


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

    def take(self, claim: Claim, *, by: str) -> Work | None:
        """Take one file in; see ``take_many``."""
        return self.take_many([Candidate(claim)], by=by)[0]

    def take_many(self, candidates: Sequence[Candidate], *, by: str) -> list[Work | None]:
        """Archive files and register due deliveries; or refuse files and move them to quarantine.

        Returns for each file the lane in which its delivery is due, None if it was refused. Afterwards the claims may
        be released. Raises ``TransientError`` when archive, ledger or quarantine do not answer, or one of the files
        cannot be read now; all of them may be taken in again. Cost: the files share the syncs of the archive and of the
        journal, and a round trip to the ledger.
        """
        with ExitStack() as opened:
            files = [self._prepared(each, opened) for each in candidates]
            self._archive(files)
        deliveries = [self._delivery(each, by=by) for each in files]
        for each in files:
            each.claim.confirm()
        self.journal.append_many(list(map(_journal_entry, files, deliveries)))
        for is_refused, due_in in ((False, FIRST_DUE), (True, REFUSED_DUE)):
            due = [each for each in zip(files, deliveries, strict=True) if bool(each[0].refusal) is is_refused]
            if due:
                new = self.ledger.register_many([one for _, one in due], due_in=due_in, by=by)
                for file in (file for (file, _), is_new in zip(due, new, strict=True) if not is_new):
                    self._refuse_as_before(file)
        return [self._finish(file, one, by=by) for file, one in zip(files, deliveries, strict=True)]

    def _prepared(self, candidate: Candidate, opened: ExitStack) -> _File:
        """Return what is known about a file, with its bytes opened, and with its refusal if there is one."""
        claim = candidate.claim
        failed = claim.retry_of or returned_delivery(claim, self.quarantine, self.ledger)
        companions = SidecarRecovery(ledger=self.ledger, archive=self.archive, quarantine=self.quarantine)
        claim = companions.rejoin(claim, failed)
        status = _stat(claim)
        metadata, bad = described(claim, self.metadata_reader)
        refusal = self.admission.examine(claim.path, status) or orphan(claim.path) or candidate.refusal or bad
        file = _File(claim, failed, self._fields(claim, status), refusal)
        if candidate.suspect:
            file.fields["lane"] = Work.SUSPECT
        if refusal is None:
            folder_defaults = self.source_defaults.about(claim.path)
            try:
                file.open("sha256", claim.file, claim.path, opened, seen=status)
            except PermissionError as error:
                file.refusal = unreadable(claim.path, error.strerror or "permission denied")
                return file
            if claim.sidecar:
                file.open("sidecar", claim.sidecar, claim.path + SIDECAR, opened)
            source = declared_source(source_of(claim.path), folder_defaults)
            file.fields |= {"metadata": metadata, "folder_defaults": folder_defaults, "source": source}
        return file

    def _archive(self, files: Sequence[_File]) -> None:
        """Archive all opened bytes, and add their hashes to the fields."""
        originals = [(file, original) for file in files for original in file.originals]
        if originals:
            names = self.archive.put_many([original.bytes for _, original in originals])
            for (file, original), sha256 in zip(originals, names, strict=True):
                original.require_unchanged()
                file.fields[original.field] = sha256

    def _delivery(self, file: _File, *, by: str) -> Delivery:
        retry_of = self._retry_of(file.failed, file.claim, by=by)
        return Delivery.model_validate(file.fields | {"retry_of": retry_of, "continues": file.claim.continues})

    def _refuse_as_before(self, file: _File) -> None:
        """Refuse a file that an interrupted attempt has refused, if it has: the delivery was recorded without it."""
        earlier = find_refusal(file.claim.delivery_id, self.ledger, now=file.refusal)
        if earlier and earlier.outcome != file.refusal:
            file.refusal = earlier.outcome
            self.journal.append(_journal_entry(file, earlier.record))

    def _finish(self, file: _File, delivery: Delivery, *, by: str) -> Work | None:
        """Do what follows a registration, and return the lane of the delivery."""
        claim = file.claim
        if file.failed:
            self.quarantine.remove_report(file.failed, path=claim.path, with_copy=claim.is_left_in_place)
        if file.refusal is None:
            return delivery.lane
        source = watched_source(delivery, now=self.clock.now())
        self.ledger.settle(delivery.id, file.refusal.model_copy(update={"source": source}), by=by)
        report = report_of(self.ledger.get(delivery.id) or delivery, file.refusal, self.clock)
        self.quarantine.add_file(
            claim.file, path=claim.path, report=report, sidecar=claim.sidecar, leave_in_place=claim.is_left_in_place
        )
        return None

    def _retry_of(self, failed: DeliveryId | None, claim: Claim, *, by: str) -> DeliveryId | None:
        """Link the failed delivery to this one. If several deliveries return the same file, the first is its retry."""
        if failed and self.ledger.record_retry(failed, claim.delivery_id, by=by) == claim.delivery_id:
            return failed
        return None

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


def _journal_entry(file: _File, delivery: Delivery) -> JournalEntry:
    return journal_entry(delivery, file.refusal, file=file.claim.state if file.claim.is_left_in_place else None)


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
        require_regular_file(file)
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
