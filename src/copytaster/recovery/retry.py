"""Trying a failed file again: as a new arrival, so that every delivery keeps the one end that it had."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from copytaster.errors import CopytasterError, PermanentError, TransientError
from copytaster.intake.claim import Claim
from copytaster.intake.file_intake import Deposit
from copytaster.model.delivery import Delivery, DeliveryId, new_delivery_id
from copytaster.model.disposition import ADVICE, Disposition, Reason
from copytaster.store.ports.ledger import DeliveryQuery, Ledger

PAGE = 500
"""Records asked for at once; more would keep others waiting for the server."""


class UnknownDeliveryError(CopytasterError):
    """There is no delivery of this id."""

    def __init__(self, delivery_id: DeliveryId) -> None:
        super().__init__(f"there is no delivery {delivery_id}; look it up by name, path or sha256")


class NotRetriedError(CopytasterError):
    """The delivery is not one to retry: it did not fail, or its file has been brought again already."""


def retry(delivery_id: DeliveryId, *, deposit: Deposit, by: str) -> Delivery:
    """Bring the file of a rejected or quarantined delivery again under its old path, and return the new delivery.

    The file is taken out of the quarantine, as it lies there; when it has left, the archive has its original. Of many
    that ask at once, all but one are refused or get the very same new delivery.

    Raises ``UnknownDeliveryError``, ``NotRetriedError``, ``PermanentError`` (``original_missing``) when the file is in
    neither place, and ``TransientError``; a retry that was interrupted is completed by asking again, or by a watcher.
    """
    failed = _failed(delivery_id, deposit.intake.ledger)
    if failed.retried_as:
        _refuse_second(failed, failed.retried_as, deposit)
    bring = _source(failed, deposit)
    new_id = _noted(failed, deposit, by)
    try:
        claim = bring(new_id)
    except OSError as error:
        why = f"cannot bring {failed.path} into the inbox: {error}; is it writable, is its disk full?"
        raise TransientError(why) from error
    if claim is None:
        raise NotRetriedError(f"somebody else took {failed.path} ({failed.id}) out of the quarantine at this moment")
    return deposit.take_in(claim, by=by)


def failed_deliveries(ledger: Ledger, *, reason: Reason | None) -> list[Delivery]:
    """Return the rejected and quarantined deliveries not yet retried, oldest first; of one reason, where it is given.

    Without a reason, sidecars that lost their files are left out: they have to wait for these.
    Cost: a round trip for every 500.
    """
    ends = (Disposition.REJECTED, Disposition.QUARANTINED)
    queries = (DeliveryQuery(disposition=each, reason=reason, limit=PAGE) for each in ends)
    found = (each for query in queries for each in _all(ledger, query) if each.retried_as is None)
    wanted = (each for each in found if reason or each.reason is not Reason.ORPHAN_SIDECAR)
    return sorted(wanted, key=lambda each: each.id)


def _all(ledger: Ledger, query: DeliveryQuery) -> Iterator[Delivery]:
    while page := ledger.find(query):
        yield from page
        query = replace(query, before=page[-1].id)


def _failed(delivery_id: DeliveryId, ledger: Ledger) -> Delivery:
    record = ledger.get(delivery_id)
    if record is None:
        raise UnknownDeliveryError(delivery_id)
    if record.disposition is None:
        raise NotRetriedError(f"{record.path} ({record.id}) has not ended yet; it is tried again by itself")
    if not record.disposition.keeps_file:
        raise NotRetriedError(f"{record.path} ({record.id}) did not fail: it ended as {record.disposition}")
    if record.reason is Reason.ORPHAN_SIDECAR:
        raise NotRetriedError(f"{record.path} ({record.id}) is no article by itself. {ADVICE[record.reason]}")
    return record


def _source(failed: Delivery, deposit: Deposit) -> Callable[[DeliveryId], Claim | None]:
    """Look for the file and return what claims it for a new delivery."""
    claims, path = deposit.claims, failed.path
    if file := deposit.intake.quarantine.find(failed.id, path=path):
        return lambda new_id: claims.move_in(file, path, new_id, retry_of=failed.id)
    if failed.sha256 is None:
        message = f"{path} has left the quarantine, and the archive never had it; drop the file itself again"
        raise PermanentError(Reason.ORIGINAL_MISSING, message)
    archive, sha256 = deposit.intake.archive, failed.sha256
    with archive.open(sha256):  # what is missing must be known before anything is noted
        pass

    def write(new_id: DeliveryId) -> Claim:
        with archive.open(sha256) as content:
            return claims.write_in(content, path, new_id, retry_of=failed.id)

    return write


def _noted(failed: Delivery, deposit: Deposit, by: str) -> DeliveryId:
    """Return the id for the new delivery: a new one, or that of a retry whose process died before it had the file.

    The file was looked for before: had another process taken it by then, its claim or its delivery would show here.
    """
    wanted = new_delivery_id(deposit.intake.clock.now())
    noted = deposit.intake.ledger.note_retry(failed.id, wanted, by=by) or wanted
    if noted != wanted:
        _refuse_second(failed, noted, deposit)
    return noted


def _refuse_second(failed: Delivery, became: DeliveryId, deposit: Deposit) -> None:
    """Refuse unless the first retry died before it had the file."""
    if deposit.claims.is_claimed(became) or deposit.intake.ledger.get(became):
        raise NotRetriedError(f"{failed.path} ({failed.id}) was retried already: it became {became}")
