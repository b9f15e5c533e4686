"""The known files in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from copytaster.model.delivery import Delivery, DeliveryId
from copytaster.store.ports.ledger import DeliveryQuery, Ledger


class MemoryKnownFiles:
    """Implements ``KnownFiles`` over a ledger in memory."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._noted: dict[str, DeliveryId] = {}

    def find(self, sha256: str) -> DeliveryId | None:
        """Return the noted or the first delivery; see ``KnownFiles.find``."""
        known = [each.id for each in self._ledger.find(DeliveryQuery(sha256=sha256, limit=1_000_000))]
        noted = self._noted.get(sha256)
        return noted if noted in known else next(reversed(known), None)

    def find_many(self, sha256s: Sequence[str]) -> Mapping[str, DeliveryId]:
        """Return the noted or the first deliveries; see ``KnownFiles.find_many``."""
        return {each: found for each in sha256s if (found := self.find(each))}

    def note(self, delivery: Delivery) -> None:
        """Note the delivery; see ``KnownFiles.note``."""
        if delivery.sha256:
            self._noted[delivery.sha256] = delivery.id
