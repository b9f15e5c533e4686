"""Changes of articles without a delivery, in memory: embargoes, decisions about them, and accepted copies."""

from __future__ import annotations

import threading
from datetime import datetime

from copytaster.clock import Clock
from copytaster.model.article import ArticleId
from copytaster.model.delivery import Delivery, DeliveryId, TimelineEntry
from copytaster.model.events import EventKind, accepted_line, release_kind, released_line
from copytaster.model.release import Release
from copytaster.model.work import Work
from copytaster.store.memory.events import MemoryEvents
from copytaster.store.ports.ledger import NO_END


class MemoryEmbargoes:
    """Implements the part of ``Ledger`` about embargoes and acceptance."""

    def __init__(self, clock: Clock, events: MemoryEvents) -> None:
        self._clock = clock
        self._events = events
        self._lock = threading.RLock()
        self._due: dict[Work, dict[str, datetime]] = {work: {} for work in Work}
        self._records: dict[DeliveryId, Delivery] = {}
        self._embargoes: dict[ArticleId, datetime] = {}
        self._accepted: set[ArticleId] = set()
        self._decisions: dict[ArticleId, Release] = {}

    def set_embargo(self, article_id: ArticleId, *, until: datetime | None) -> None:
        """Store the end of an embargo; see ``Ledger.set_embargo``."""
        with self._lock:
            self._embargoes.pop(article_id, None)
            if until is not None:
                self._embargoes[article_id] = until

    def ended_embargoes(self, *, limit: int) -> list[ArticleId]:
        """Return articles whose embargo has ended; see ``Ledger.ended_embargoes``."""
        with self._lock:
            ended = sorted((until, each) for each, until in self._embargoes.items() if until <= self._clock.now())
            return [each for _, each in ended[:limit]]

    def withheld(self, *, limit: int, after: ArticleId | None = None) -> list[ArticleId]:
        """Return articles that are withheld without an end; see ``Ledger.withheld``."""
        with self._lock:
            endless = sorted(each for each, until in self._embargoes.items() if until == NO_END)
            return [each for each in endless if after is None or each > after][:limit]

    def release(
        self, article_id: ArticleId, delivery_id: DeliveryId | None, *, by: str, decision: Release | None = None
    ) -> bool:
        """Report the end of an embargo, or a decision; see ``Ledger.release``."""
        with self._lock:
            until = self._embargoes.get(article_id)
            has_ended = until is not None and until <= self._clock.now()
            if self._decisions.get(article_id) == decision if decision else not has_ended:
                return False
            if decision:
                self._decisions[article_id] = decision
            if has_ended:
                del self._embargoes[article_id]
            line = released_line(article_id, decision)
            self._report(release_kind(decision), article_id, delivery_id, by=by, what=line)
            return True

    def record_acceptance(self, article_id: ArticleId, delivery_id: DeliveryId | None, *, by: str) -> bool:
        """Report an acceptance; see ``Ledger.record_acceptance``."""
        with self._lock:
            if article_id in self._accepted:
                return False
            self._accepted.add(article_id)
            self._due[Work.TAG][article_id] = self._clock.now()
            self._report(EventKind.ARTICLE_ACCEPTED, article_id, delivery_id, by=by, what=accepted_line(article_id))
            return True

    def record_undone_acceptance(self, article_id: ArticleId, delivery_id: DeliveryId | None, *, by: str) -> bool:
        """Report the end of an acceptance; see ``Ledger.record_undone_acceptance``."""
        with self._lock:
            if article_id not in self._accepted:
                return False
            self._accepted.remove(article_id)
            self._due[Work.TAG].pop(article_id, None)
            what = accepted_line(article_id, undone=True)
            self._report(EventKind.ARTICLE_ACCEPTANCE_UNDONE, article_id, delivery_id, by=by, what=what)
            return True

    def _report(
        self, kind: EventKind, article_id: ArticleId, delivery_id: DeliveryId | None, *, by: str, what: str
    ) -> None:
        now = self._clock.now()
        self._events.append(kind, at=now, article_ids=(article_id,))
        record = self._records.get(delivery_id) if delivery_id else None
        if record:
            entry = TimelineEntry(at=now, stage="store", by=by, what=what)
            self._records[record.id] = record.model_copy(update={"timeline": (*record.timeline, entry)})
