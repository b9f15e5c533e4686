"""The retention in memory: a ledger that removes records too."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from copytaster.clock import Clock
from copytaster.model.article import ArticleId
from copytaster.model.delivery import Balance, Delivery, DeliveryId, DeliveryState
from copytaster.store.memory.events import MemoryEvents
from copytaster.store.memory.ledger import MemoryLedger
from copytaster.store.memory.source_watch import MemorySourceWatch
from copytaster.store.ports.retention import Removal, RetentionTotals, lowest_id, removal_fields


class MemoryRetention(MemoryLedger):
    """Implements ``Ledger`` and ``Retention``."""

    def __init__(self, clock: Clock, events: MemoryEvents, sources: MemorySourceWatch) -> None:
        super().__init__(clock, events, sources)
        self._seen_and_removed = 0
        self._totals = RetentionTotals()

    def balance(self) -> Balance:
        """Return the balance, in which removed deliveries stay; see ``Ledger.balance``."""
        stored = super().balance()
        return stored.model_copy(update={"seen": stored.seen + self._seen_and_removed})

    def settled(self, *, before: datetime, after: DeliveryId | None, limit: int) -> list[Delivery]:
        """Return settled deliveries; see ``Retention.settled``."""
        with self._lock:
            ids = sorted(
                name
                for name, record in self._records.items()
                if record.state is DeliveryState.SETTLED and (after or "") < name < lowest_id(before)
            )
            return [self._records[each].model_copy(update={"timeline": ()}) for each in ids[:limit]]

    def oldest_delivery(self) -> datetime | None:
        """Return when the oldest delivery was received; see ``Retention.oldest_delivery``."""
        with self._lock:
            return self._records[min(self._records)].received_at if self._records else None

    def remove_delivery(self, delivery: Delivery) -> bool:
        """Remove a delivery; see ``Retention.remove_delivery``."""
        with self._lock:
            record = self._records.get(delivery.id)
            if record is None or record.state is not DeliveryState.SETTLED:
                return False
            del self._records[delivery.id]
            self._by_article.pop(delivery.id, None)
            self._blamed.pop(delivery.id, None)
            self._seen_and_removed += 1
            return True

    def sweep(self) -> bool:
        """Do nothing: there is no data of an earlier release; see ``Retention.sweep``."""
        return False

    def remove_articles(self, article_ids: Sequence[ArticleId]) -> None:
        """Remove the records of articles; see ``Retention.remove_articles``."""
        with self._lock:
            for each in article_ids:
                self._remove_tagging(each)
                self._embargoes.pop(each, None)
                self._accepted.discard(each)
                self._decisions.pop(each, None)
                for of_delivery in self._by_article.values():
                    of_delivery.discard(each)

    def report(self, removal: Removal) -> None:
        """Write the event and count the batch; see ``Retention.report``."""
        now = self._clock.now()
        with self._lock:
            self._events.append(removal.kind, at=now, **removal_fields(removal))
            kind = "original_removed" if removal.originals else "removed"
            self._totals = self._totals.model_copy(
                update={
                    f"last_{kind}_at": now,
                    f"last_{kind}_why": removal.why,
                    "articles_removed": self._totals.articles_removed + len(removal.article_ids),
                    "deliveries_removed": self._totals.deliveries_removed + len(removal.delivery_ids),
                    "originals_removed": self._totals.originals_removed + removal.originals,
                    **({f"last_removed_for_{removal.shortage}_at": now} if removal.shortage else {}),
                }
            )

    def note_run(self) -> None:
        """Record the time of the run; see ``Retention.note_run``."""
        now = self._clock.now()
        hold = self._totals.hold(now)
        held = {"held_at": hold.at, "held_since": hold.since} if hold else {}
        self._totals = self._totals.model_copy(update={"last_run_at": now} | held)

    def totals(self) -> RetentionTotals:
        """Return what was removed; see ``Retention.totals``."""
        return self._totals
