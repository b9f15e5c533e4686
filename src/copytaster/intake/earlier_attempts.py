"""What an interrupted attempt to take a file in has recorded about it."""

from __future__ import annotations

from dataclasses import dataclass

from copytaster.model.delivery import Delivery, DeliveryId, Outcome, refusal_of
from copytaster.model.disposition import Disposition, Reason
from copytaster.store.ports.ledger import Ledger


@dataclass(frozen=True, slots=True)
class EarlierRefusal:
    """The record of a delivery whose file was refused unread, and its outcome."""

    record: Delivery
    outcome: Outcome


def find_refusal(delivery_id: DeliveryId, ledger: Ledger, *, now: Outcome | None) -> EarlierRefusal | None:
    """Return the refusal that the ledger has of a delivery, None if it has none; ``now`` is that of its file now.

    The file may be acceptable by now: its writer has filled it, or a person has changed its permissions. But the
    delivery has ended, or ends, without it, so that nobody would process it. In quarantine it can be retried, and an
    empty or incomplete one that has changed returns by itself.
    """
    record = ledger.get(delivery_id)
    if record is None or record.sha256 is not None:
        return None
    return EarlierRefusal(record, refusal_of(record) or now or _changed(record))


def _changed(record: Delivery) -> Outcome:
    """Return the outcome of a delivery whose reason was not recorded."""
    return Outcome(
        disposition=Disposition.QUARANTINED,
        reason=Reason.INCOMPLETE,
        message=f"{record.path} was refused, and has changed before it was in quarantine",
    )
