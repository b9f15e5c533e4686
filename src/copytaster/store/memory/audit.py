"""The audit trail in memory."""

from __future__ import annotations

from copytaster.clock import Clock, milliseconds
from copytaster.model.access import AuditEntry
from copytaster.store.ports.audit import AUDIT_AGE, AUDIT_KEPT
from copytaster.store.ports.events import order


class MemoryAuditTrail:
    """Implements ``AuditTrail``."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: list[AuditEntry] = []
        self._number = 0

    def record(self, entry: AuditEntry) -> None:
        """Append an entry; see ``AuditTrail.record``."""
        self._number += 1
        oldest = self._clock.now() - AUDIT_AGE
        added = entry.model_copy(update={"id": f"{milliseconds(entry.at)}-{self._number}"})
        self._entries = [*(each for each in self._entries if each.at >= oldest), added][-AUDIT_KEPT:]

    def page(self, *, before: str | None, limit: int) -> list[AuditEntry]:
        """Return entries; see ``AuditTrail.page``."""
        found = (each for each in reversed(self._entries) if before is None or order(each.id) < order(before))
        return [entry for entry, _ in zip(found, range(limit), strict=False)]
