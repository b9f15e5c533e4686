"""Retry of a failed file as a new delivery, so that every delivery keeps its one disposition."""

from __future__ import annotations

from collections.abc import Callable

from copytaster.errors import CopytasterError, PermanentError, TransientError
from copytaster.intake.claim import Claim
from copytaster.intake.file_intake import Deposit
from copytaster.model.delivery import Delivery, DeliveryId, new_delivery_id
from copytaster.model.disposition import ADVICE, Reason
from copytaster.model.sidecar_names import is_sidecar
from copytaster.store.ports.ledger import Ledger
from copytaster.system.remedies import explain_os_error


class UnknownDeliveryError(CopytasterError):
    """There is no delivery of this id."""

    def __init__(self, delivery_id: DeliveryId) -> None:
        super().__init__(f"there is no delivery {delivery_id}; search for it by name, path or sha256")


class NotRetriedError(CopytasterError):
    """The delivery cannot be retried: it did not fail, or its file has been retried already."""


def retry(delivery_id: DeliveryId, *, deposit: Deposit, by: str) -> Delivery:
    """Deliver the file of a rejected or quarantined delivery again under its old path; return the new delivery.

    The file is taken from the quarantine in its present state, or from the archive if it has left the quarantine. If
    several callers retry one delivery at once, one succeeds; the others are refused or get the same new delivery.

    Raises ``UnknownDeliveryError``, ``NotRetriedError``, ``PermanentError`` (``original_missing``) when the file is in
    neither place, and ``TransientError``. Another call, or a watcher, completes an interrupted retry.
    """
    failed, bring = _retryable(delivery_id, deposit)
    new_id = _noted(failed, deposit, by)
    try:
        claim = bring(new_id)
    except OSError as error:
        why = f"cannot move {failed.path} into the inbox: {explain_os_error(error)}"
        raise TransientError(why) from error
    if claim is None:
        raise NotRetriedError(f"another process took {failed.path} ({failed.id}) out of the quarantine at this moment")
    return deposit.take_in(claim, by=by)


def find_retryable(delivery_id: DeliveryId, *, deposit: Deposit) -> Delivery:
    """Return the delivery that ``retry`` would deliver again, without changing anything. Raises as ``retry`` does."""
    return _retryable(delivery_id, deposit)[0]


def _retryable(delivery_id: DeliveryId, deposit: Deposit) -> tuple[Delivery, Callable[[DeliveryId], Claim | None]]:
    """Return the failed delivery, and what claims its file for a new one."""
    failed = _failed(delivery_id, deposit.intake.ledger)
    if failed.retried_as:
        _refuse_second(failed, failed.retried_as, deposit)
    return failed, _source(failed, deposit)


def _failed(delivery_id: DeliveryId, ledger: Ledger) -> Delivery:
    record = ledger.get(delivery_id)
    if record is None:
        raise UnknownDeliveryError(delivery_id)
    if record.disposition is None:
        raise NotRetriedError(f"{record.path} ({record.id}) is still in flight; it is retried automatically")
    if not record.disposition.keeps_file:
        raise NotRetriedError(f"{record.path} ({record.id}) did not fail: it ended as {record.disposition}")
    if record.reason is Reason.ORPHAN_SIDECAR and is_sidecar(record.path):  # else one in an archive
        raise NotRetriedError(f"{record.path} ({record.id}) is a sidecar and no article. {ADVICE[record.reason]}")
    return record


def _source(failed: Delivery, deposit: Deposit) -> Callable[[DeliveryId], Claim | None]:
    """Find the file and return a function that claims it for a new delivery."""
    claims, path = deposit.claims, failed.path
    if file := deposit.intake.quarantine.find(failed.id, path=path):
        return lambda new_id: claims.move_in(file, path, new_id, retry_of=failed.id)
    if failed.sha256 is None:
        message = f"{path} has left the quarantine, and the archive never had it; drop the file into the inbox again"
        raise PermanentError(Reason.ORIGINAL_MISSING, message)
    archive, sha256 = deposit.intake.archive, failed.sha256
    with archive.open(sha256):  # a missing original must be detected before the retry is recorded
        pass

    def write(new_id: DeliveryId) -> Claim:
        with archive.open(sha256) as content:
            return claims.write_in(content, path, new_id, retry_of=failed.id)

    return write


def _noted(failed: Delivery, deposit: Deposit, by: str) -> DeliveryId:
    """Return the id of the new delivery: a new id, or that of a retry whose process died before it had the file.

    This runs after the file was found: if another process had taken it by then, its claim or its delivery exists now.
    """
    new_id = new_delivery_id(deposit.intake.clock.now())
    recorded = deposit.intake.ledger.record_retry(failed.id, new_id, by=by) or new_id
    if recorded != new_id:
        _refuse_second(failed, recorded, deposit)
    return recorded


def _refuse_second(failed: Delivery, retried_as: DeliveryId, deposit: Deposit) -> None:
    """Raise ``NotRetriedError`` unless the process of the first retry died before it had the file."""
    if deposit.claims.is_claimed(retried_as) or deposit.intake.ledger.get(retried_as):
        raise NotRetriedError(f"{failed.path} ({failed.id}) was retried already as {retried_as}")
