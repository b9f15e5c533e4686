"""A ledger in this process's memory: the fake that ships with the port, and the port's shortest explanation."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from copytaster.article import ArticleId
from copytaster.clock import Clock
from copytaster.delivery import Balance, Delivery, DeliveryId, DeliveryState, Outcome, TimelineEntry
from copytaster.disposition import Disposition
from copytaster.events import EventKind
from copytaster.store.matching import matches_delivery
from copytaster.store.memory.events import MemoryEvents
from copytaster.store.ports import DeliveryQuery, Lease
from copytaster.work import FIRST_DUE, Work


@dataclass(slots=True)
class _Hold:
    owner: str
    until: datetime
    attempts: int


class MemoryLedger:
    """See ``copytaster.store.ports.Ledger``."""

    def __init__(self, clock: Clock, events: MemoryEvents) -> None:
        self._clock = clock
        self._events = events
        self._lock = threading.RLock()
        self._records: dict[DeliveryId, Delivery] = {}
        self._due: dict[Work, dict[str, datetime]] = {work: {} for work in Work}
        self._holds: dict[str, _Hold] = {}
        self._counts = dict.fromkeys(Disposition, 0)

    def register(self, delivery: Delivery, *, due_in: timedelta, by: str) -> bool:
        """Record a new delivery; see ``Ledger.register``."""
        with self._lock:
            if delivery.id in self._records:
                return False
            self._records[delivery.id] = delivery.model_copy(update={"state": DeliveryState.WAITING, "timeline": ()})
            self._make_due(delivery.id, due_in)
            said = "registered: archived and due" if delivery.sha256 else "registered unread"
            self._change(delivery.id, "watcher", by, said)
            self._events.append(EventKind.DELIVERY_REGISTERED, at=self._clock.now(), delivery_id=delivery.id)
            return True

    def begin(self, delivery_id: DeliveryId, *, owner: str, lease: timedelta) -> Lease | None:
        """Take the delivery; see ``Ledger.begin``."""
        with self._lock:
            record = self._records.get(delivery_id)
            if record is None or record.state is DeliveryState.SETTLED:
                return None
            hold = self._holds.get(delivery_id)
            if hold and record.state is DeliveryState.WORKING and hold.owner == owner:
                return Lease(record.attempts)
            if hold and record.state is DeliveryState.WORKING and hold.until > self._clock.now():
                return None
            attempt = record.attempts + 1
            self._holds[delivery_id] = _Hold(owner, self._clock.now() + lease, attempt)
            self._make_due(delivery_id, lease)
            said = f"taken for {lease.total_seconds():g} s"
            self._change(delivery_id, "ingest", owner, said, state=DeliveryState.WORKING, attempts=attempt)
            return Lease(attempt)

    def postpone(self, delivery_id: DeliveryId, *, owner: str, due_in: timedelta, why: str) -> bool:
        """Give the lease back; see ``Ledger.postpone``."""
        with self._lock:
            hold, record = self._holds.get(delivery_id), self._records.get(delivery_id)
            if not hold or not record or record.state is not DeliveryState.WORKING or hold.owner != owner:
                return False
            del self._holds[delivery_id]
            self._make_due(delivery_id, due_in)
            said = f"postponed for {due_in.total_seconds():g} s: {why}"
            self._change(delivery_id, "ingest", owner, said, state=DeliveryState.WAITING)
            return True

    def settle(self, delivery_id: DeliveryId, outcome: Outcome, *, by: str) -> bool:
        """End the delivery; see ``Ledger.settle``."""
        with self._lock:
            record = self._records.get(delivery_id)
            if record is None or record.state is DeliveryState.SETTLED:
                return False
            self._due[Work.INGEST].pop(delivery_id)
            self._holds.pop(delivery_id, None)
            end = {
                name: getattr(outcome, name) for name in ("disposition", "reason", "message", "article_ids", "relation")
            }
            said = ": ".join(filter(None, [outcome.disposition.value, outcome.reason, outcome.message]))
            end |= {"state": DeliveryState.SETTLED, "settled_at": self._clock.now(), "due_at": None}
            self._change(delivery_id, "ledger", by, said, **end)
            self._counts[outcome.disposition] += 1
            for article_id in outcome.to_tag:
                self._holds.pop(article_id, None)
                self._due[Work.TAG][article_id] = self._clock.now() + FIRST_DUE
            told = {"disposition": outcome.disposition, "reason": outcome.reason, "article_ids": outcome.article_ids}
            self._events.append(EventKind.DELIVERY_SETTLED, at=self._clock.now(), delivery_id=delivery_id, **told)
            return True

    def note_retry(self, delivery_id: DeliveryId, retried_as: DeliveryId, *, by: str) -> DeliveryId | None:
        """Note the retry; see ``Ledger.note_retry``."""
        with self._lock:
            record = self._records.get(delivery_id)
            if record is None or record.state is not DeliveryState.SETTLED:
                return None
            if record.retried_as is None:
                self._change(delivery_id, "ledger", by, f"retried as {retried_as}", retried_as=retried_as)
            return self._records[delivery_id].retried_as

    def get(self, delivery_id: DeliveryId) -> Delivery | None:
        """Return the record; see ``Ledger.get``."""
        return self._records.get(delivery_id)

    def states(self, delivery_ids: Sequence[DeliveryId]) -> dict[DeliveryId, DeliveryState]:
        """Return where deliveries are; see ``Ledger.states``."""
        return {each: self._records[each].state for each in delivery_ids if each in self._records}

    def find(self, query: DeliveryQuery) -> list[Delivery]:
        """Return matching records; see ``Ledger.find``."""
        with self._lock:
            newest_first = [record for _, record in sorted(self._records.items(), reverse=True)]
        wanted = (
            record.model_copy(update={"timeline": ()})
            for record in newest_first
            if (query.before is None or record.id < query.before) and matches_delivery(record, query)
        )
        return list(wanted)[: query.limit]

    def balance(self) -> Balance:
        """Return the balance; see ``Ledger.balance``."""
        with self._lock:
            in_flight = sum(record.state is not DeliveryState.SETTLED for record in self._records.values())
            return Balance(seen=len(self._records), in_flight=in_flight, dispositions=dict(self._counts))

    def begin_tagging(self, article_id: ArticleId, *, owner: str, lease: timedelta) -> Lease | None:
        """Take an article's tagging; see ``Ledger.begin_tagging``."""
        with self._lock:
            if article_id not in self._due[Work.TAG]:
                return None
            hold = self._holds.get(article_id)
            if hold and hold.owner == owner:
                return Lease(hold.attempts)
            if hold and hold.until > self._clock.now():
                return None
            attempt = hold.attempts + 1 if hold else 1
            self._holds[article_id] = _Hold(owner, self._clock.now() + lease, attempt)
            self._due[Work.TAG][article_id] = self._clock.now() + lease
            return Lease(attempt)

    def postpone_tagging(self, article_id: ArticleId, *, owner: str, due_in: timedelta) -> bool:
        """Give an article's tagging back; see ``Ledger.postpone_tagging``."""
        with self._lock:
            hold = self._holds.get(article_id)
            if not hold or hold.owner != owner:
                return False
            self._holds[article_id] = _Hold("", self._clock.now(), hold.attempts)
            self._due[Work.TAG][article_id] = self._clock.now() + due_in
            return True

    def settle_tagging(self, article_id: ArticleId, *, owner: str) -> bool:
        """End an article's tagging; see ``Ledger.settle_tagging``."""
        with self._lock:
            hold = self._holds.get(article_id)
            if not hold or hold.owner != owner:
                return False
            del self._holds[article_id]
            self._due[Work.TAG].pop(article_id, None)
            self._events.append(EventKind.ARTICLE_TAGGED, at=self._clock.now(), article_ids=(article_id,))
            return True

    def take_overdue(self, work: Work, *, overdue_by: timedelta, postpone_by: timedelta, limit: int) -> list[str]:
        """Return overdue ids; see ``Ledger.take_overdue``."""
        with self._lock:
            now, due = self._clock.now(), self._due[work]
            overdue = sorted((moment, each) for each, moment in due.items() if moment <= now - overdue_by)[:limit]
            for _, each in overdue:
                due[each] = now + postpone_by
            return [each for _, each in overdue]

    def overdue(self, work: Work, *, by: timedelta) -> int:
        """Count what is overdue; see ``Ledger.overdue``."""
        with self._lock:
            return sum(moment <= self._clock.now() - by for moment in self._due[work].values())

    def waiting(self, work: Work) -> int:
        """Count what has a due time; see ``Ledger.waiting``."""
        return len(self._due[work])

    def _make_due(self, delivery_id: DeliveryId, due_in: timedelta) -> None:
        self._due[Work.INGEST][delivery_id] = due_at = self._clock.now() + due_in
        self._records[delivery_id] = self._records[delivery_id].model_copy(update={"due_at": due_at})

    def _change(self, delivery_id: DeliveryId, stage: str, by: str, what: str, **fields: Any) -> None:
        record = self._records[delivery_id]
        entry = TimelineEntry(at=self._clock.now(), stage=stage, by=by, what=what)
        self._records[delivery_id] = record.model_copy(update=fields | {"timeline": (*record.timeline, entry)})
