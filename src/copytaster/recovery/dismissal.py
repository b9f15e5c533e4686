"""Dismissal: a person decides that a failed file is of no use; it leaves the quarantine with its delivery."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from copytaster.archive.journal import Journal, journal_entry
from copytaster.errors import CopytasterError
from copytaster.model.delivery import Delivery, DeliveryId, refusal_of
from copytaster.model.events import EventKind
from copytaster.quarantine.port import Quarantine
from copytaster.recovery.retry import UnknownDeliveryError
from copytaster.store.ports.retention import Removal
from copytaster.store.store import Store


class Dismiss(Protocol):
    """Dismisses one failed delivery; raises the same errors as ``Dismissal.dismiss``."""

    def __call__(self, delivery_id: DeliveryId, *, by: str) -> Delivery:
        """Dismiss the delivery in the name of a person, and return it."""
        ...


class NotDismissedError(CopytasterError):
    """The delivery cannot be dismissed: it did not fail, or its file was retried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dismissal:
    """Dismisses failed deliveries; the person ``by`` is named in the journal and in the event."""

    store: Store
    journal: Journal
    quarantine: Quarantine

    def dismiss(self, delivery_id: DeliveryId, *, by: str) -> Delivery:
        """Remove the file of a rejected or quarantined delivery with its report and its record, and return the record.

        The journal keeps the delivery as dismissed, so that a rebuild does not process it again. Its original stays in
        the archive for its age. A repeated call completes an interrupted one.

        Raises ``UnknownDeliveryError``, ``NotDismissedError`` and ``TransientError``.
        """
        failed = self.find(delivery_id)
        entry = journal_entry(failed, refusal_of(failed))
        self.journal.append(entry.model_copy(update={"dismissed_by": by}))
        self.quarantine.remove_report(failed.id, path=failed.path, with_copy=True)
        if self.store.retention.remove_delivery(failed):
            removal = Removal(EventKind.DELIVERY_DISMISSED, f"by {by}", delivery_ids=(failed.id,))
            self.store.retention.report(removal)
        return failed

    def find(self, delivery_id: DeliveryId) -> Delivery:
        """Return the delivery that ``dismiss`` would remove. Raises as ``dismiss`` does."""
        failed = self.store.ledger.get(delivery_id)
        if failed is None:
            raise UnknownDeliveryError(delivery_id)
        _refuse_unless_failed(failed)
        return failed


def _refuse_unless_failed(delivery: Delivery) -> None:
    name = f"{delivery.path} ({delivery.id})"
    if delivery.disposition is None:
        raise NotDismissedError(f"{name} is still in flight")
    if not delivery.disposition.keeps_file:
        raise NotDismissedError(f"{name} did not fail: it ended as {delivery.disposition}")
    if delivery.retried_as:
        raise NotDismissedError(f"{name} was retried as {delivery.retried_as}; dismiss that one if it failed again")
