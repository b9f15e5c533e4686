"""The sidecar of a claimed file: its metadata, and its recovery when a failed file is retried."""

from __future__ import annotations

from dataclasses import dataclass, replace
from errno import ENOENT
from pathlib import Path

import structlog

from copytaster.archive.originals import Archive
from copytaster.errors import PermanentError, TransientError
from copytaster.intake import sidecars
from copytaster.intake.claim import Claim
from copytaster.intake.claim_names import in_folder
from copytaster.intake.metadata_reader import MetadataReader
from copytaster.intake.printable_names import printable
from copytaster.model.delivery import DeliveryId, Outcome
from copytaster.model.disposition import Disposition, Reason
from copytaster.model.metadata import SIDECAR, Metadata
from copytaster.model.sidecar_names import described_by, is_sidecar
from copytaster.quarantine.port import Quarantine
from copytaster.store.ports.ledger import Ledger
from copytaster.system.remedies import explain_os_error

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SidecarRecovery:
    """Finds the sidecars of failed deliveries."""

    ledger: Ledger
    archive: Archive
    quarantine: Quarantine

    def rejoin(self, claim: Claim, failed: DeliveryId | None) -> Claim:
        """Return the claim with the sidecar that its file had in the ``failed`` delivery, unless it has one now.

        A sidecar in quarantine takes precedence over the archived one: a person may have corrected it. The sidecar
        becomes part of the claim, so that it is found after a crash. Raises ``TransientError``.
        """
        if failed is None or claim.sidecar or claim.is_left_in_place:  # a file that stays in place has no claim folder
            return claim
        try:
            if quarantined := self.quarantine.find_sidecar(failed, path=claim.path):
                claim = in_folder(claim)
                return replace(claim, sidecar=sidecars.copy_into_claim(quarantined, claim.folder))
            if content := self._archived(failed):
                claim = in_folder(claim)
                return replace(claim, sidecar=sidecars.write_into_claim(content, claim.folder))
        except OSError as error:
            raise TransientError(
                f"cannot restore the sidecar of {printable(claim.path)}: {explain_os_error(error)}"
            ) from error
        return claim

    def _archived(self, failed: DeliveryId) -> bytes | None:
        record = self.ledger.get(failed)
        if record is None or record.sidecar is None:
            return None
        try:
            return self.archive.get(record.sidecar)
        except PermanentError as error:  # a retry would fail again, and the file must not wait for ever
            if record.metadata:  # the ledger has what the sidecar said, an embargo or a kill among it
                return record.metadata.model_dump_json(exclude_none=True).encode()
            log.warning("sidecar.missing", path=record.path, why=error.message, next="the file is read without it")
            return None


def described(claim: Claim, reader: MetadataReader) -> tuple[Metadata | None, Outcome | None]:
    """Return the metadata in the claim's sidecar, or the outcome if it is invalid; both None without a sidecar.

    One that was removed from the inbox before it was read is invalid: what it said is not known. Raises
    ``TransientError``.
    """
    if claim.sidecar is None:
        return None, None
    name = printable(claim.path) + SIDECAR
    try:
        return reader.sidecar(claim.sidecar, path=name), None
    except OSError as error:
        if claim.is_left_in_place and error.errno == ENOENT:
            return None, _quarantined(Reason.BAD_SIDECAR, f"the sidecar {name} was removed before it was read")
        raise TransientError(
            f"cannot read the sidecar of {printable(claim.path)}: {explain_os_error(error)}"
        ) from error
    except PermanentError as error:
        return None, _quarantined(error.reason, error.message)


def metadata_beside(file: Path, reader: MetadataReader) -> Metadata | None:
    """Return the metadata in the sidecar beside any file, None without a sidecar.

    Raises ``PermanentError`` (``bad_sidecar``) and ``OSError``.
    """
    sidecar = sidecars.sidecar_beside(file)
    return reader.sidecar(sidecar, path=sidecar.name) if sidecar else None


def orphan(path: str) -> Outcome | None:
    """Return the outcome of a sidecar that was delivered without its file, None for any other file."""
    if not is_sidecar(path):
        return None
    name = printable(path)
    return _quarantined(Reason.ORPHAN_SIDECAR, f"{name} is a sidecar, but its file {described_by(name)} is missing")


def _quarantined(reason: Reason, message: str) -> Outcome:
    return Outcome(disposition=Disposition.QUARANTINED, reason=reason, message=message)
