"""The part of the ledger in memory that is about how articles stand."""

from __future__ import annotations

from datetime import datetime

from copytaster.article import ArticleId
from copytaster.clock import Clock
from copytaster.delivery import Delivery, DeliveryId, TimelineEntry
from copytaster.events import EventKind, accepted_line, released_line
from copytaster.store.memory.events import MemoryEvents
from copytaster.store.memory.taggings import MemoryTaggings
from copytaster.work import Work


class MemoryStandings(MemoryTaggings):
    """See ``copytaster.store.standings.Standings``."""

    def __init__(self, clock: Clock, events: MemoryEvents) -> None:
        super().__init__(clock, events)
        self._records: dict[DeliveryId, Delivery] = {}
        self._embargoes: dict[ArticleId, datetime] = {}
        self._accepted: set[ArticleId] = set()

    def withhold(self, article_id: ArticleId, *, until: datetime | None) -> None:
        """Remember an embargo; see ``Standings.withhold``."""
        with self._lock:
            self._embargoes.pop(article_id, None)
            if until is not None:
                self._embargoes[article_id] = until

    def embargoes_over(self, *, limit: int) -> list[ArticleId]:
        """Return what may be released; see ``Standings.embargoes_over``."""
        with self._lock:
            over = sorted((until, each) for each, until in self._embargoes.items() if until <= self._clock.now())
            return [each for _, each in over[:limit]]

    def release(self, article_id: ArticleId, delivery_id: DeliveryId | None, *, by: str) -> bool:
        """Tell of an embargo's end; see ``Standings.release``."""
        with self._lock:
            until = self._embargoes.get(article_id)
            if until is None or until > self._clock.now():
                return False
            del self._embargoes[article_id]
            self._tell(EventKind.ARTICLE_RELEASED, article_id, delivery_id, by=by, what=released_line(article_id))
            return True

    def note_accepted(self, article_id: ArticleId, delivery_id: DeliveryId | None, *, by: str) -> bool:
        """Tell of an acceptance; see ``Standings.note_accepted``."""
        with self._lock:
            if article_id in self._accepted:
                return False
            self._accepted.add(article_id)
            self._due[Work.TAG][article_id] = self._clock.now()
            self._tell(EventKind.ARTICLE_ACCEPTED, article_id, delivery_id, by=by, what=accepted_line(article_id))
            return True

    def _tell(
        self, kind: EventKind, article_id: ArticleId, delivery_id: DeliveryId | None, *, by: str, what: str
    ) -> None:
        now = self._clock.now()
        self._events.append(kind, at=now, article_ids=(article_id,))
        record = self._records.get(delivery_id) if delivery_id else None
        if record:
            entry = TimelineEntry(at=now, stage="store", by=by, what=what)
            self._records[record.id] = record.model_copy(update={"timeline": (*record.timeline, entry)})
