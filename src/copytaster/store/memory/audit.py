"""The audit trail in memory."""

from __future__ import annotations

import heapq
from collections import deque
from itertools import islice

from copytaster.clock import Clock, milliseconds
from copytaster.model.access import AuditEntry
from copytaster.store.ports.audit import AUDIT_AGE, AUDIT_KEPT, REFUSALS_KEPT
from copytaster.store.ports.events import order


class MemoryAuditTrail:
    """Implements ``AuditTrail``."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._changes = deque[AuditEntry](maxlen=AUDIT_KEPT)
        self._refusals = deque[AuditEntry](maxlen=REFUSALS_KEPT)
        self._number = 0

    def record(self, entry: AuditEntry) -> None:
        """Append an entry; see ``AuditTrail.record``."""
        self._number += 1
        oldest, entries = self._clock.now() - AUDIT_AGE, self._refusals if entry.is_refusal else self._changes
        while entries and entries[0].at < oldest:
            entries.popleft()
        entries.append(entry.model_copy(update={"id": f"{milliseconds(entry.at)}-{self._number}"}))

    def page(self, *, before: str | None, limit: int) -> list[AuditEntry]:
        """Return entries; see ``AuditTrail.page``."""
        latest_first = heapq.merge(
            reversed(self._changes), reversed(self._refusals), key=lambda each: order(each.id), reverse=True
        )
        found = (each for each in latest_first if before is None or order(each.id) < order(before))
        return list(islice(found, limit))
