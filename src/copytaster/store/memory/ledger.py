"""A ledger in this process's memory: the fake that ships with the port, and the port's shortest explanation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from copytaster.article import ArticleId
from copytaster.clock import Clock
from copytaster.delivery import Balance, Delivery, DeliveryId, DeliveryState, Outcome, TimelineEntry, how_registered
from copytaster.disposition import Disposition
from copytaster.events import EventKind
from copytaster.retry_policy import SUSPECTED, TRUSTED_FAULTS
from copytaster.store.item_progress import Advance
from copytaster.store.matching import matches_delivery
from copytaster.store.memory.events import MemoryEvents
from copytaster.store.memory.standings import MemoryStandings
from copytaster.store.memory.taggings import Hold
from copytaster.store.ports import DeliveryQuery, Lease
from copytaster.store.refusals import Refusals, Transition
from copytaster.work import FARTHEST, FIRST_DUE, TAGGING, Work


class MemoryLedger(MemoryStandings):
    """See ``copytaster.store.ports.Ledger``."""

    def __init__(self, clock: Clock, events: MemoryEvents) -> None:
        super().__init__(clock, events)
        self._counts = dict.fromkeys(Disposition, 0)
        self._by_article = defaultdict[DeliveryId, set[ArticleId]](set)

    def register(self, delivery: Delivery, *, due_in: timedelta, by: str) -> bool:
        """Record a new delivery; see ``Ledger.register``."""
        with self._lock:
            if delivery.id in self._records:
                return self._refuse(Transition.REGISTER_KNOWN)
            self._records[delivery.id] = delivery.model_copy(update={"state": DeliveryState.WAITING, "timeline": ()})
            self._make_due(delivery.id, due_in)
            self._change(delivery.id, "watcher", by, how_registered(delivery))
            self._events.append(EventKind.DELIVERY_REGISTERED, at=self._clock.now(), delivery_id=delivery.id)
            return True

    def begin(self, delivery_id: DeliveryId, *, owner: str, lease: timedelta, lane: Work = Work.INGEST) -> Lease | None:
        """Take the delivery; see ``Ledger.begin``."""
        with self._lock:
            record, hold = self._records.get(delivery_id), self._holds.get(delivery_id)
            if record and hold and hold.owner == owner:
                return Lease(record.attempts, record.faults)
            if refused := self._why_not(record, hold, lane):
                self._refuse(refused)
                return None
            assert record is not None  # noqa: S101  # tells mypy what was asked before
            faults = record.faults + (1 if hold else 0)
            if hold and self._suspected(delivery_id, faults):
                del self._holds[delivery_id]
                self._make_due(delivery_id, timedelta(0))
                self._change(delivery_id, "ingest", owner, SUSPECTED, state=DeliveryState.WAITING)
                return None
            attempt = record.attempts + 1
            self._holds[delivery_id] = Hold(owner, self._clock.now() + lease, attempt)
            self._make_due(delivery_id, lease)
            said = f"taken for {lease.total_seconds():g} s"
            self._change(delivery_id, "ingest", owner, said, state=DeliveryState.WORKING, attempts=attempt)
            return Lease(attempt, faults)

    def postpone(
        self, delivery_id: DeliveryId, *, owner: str, due_in: timedelta, why: str, fault: bool = False
    ) -> bool:
        """Give the lease back; see ``Ledger.postpone``."""
        with self._lock:
            hold, record = self._holds.get(delivery_id), self._records.get(delivery_id)
            if not hold or not record or hold.owner != owner:
                return self._refuse(Transition.POSTPONE_NOT_HELD)
            del self._holds[delivery_id]
            said = f"postponed for {due_in.total_seconds():g} s: {why}"
            self._change(delivery_id, "ingest", owner, said, state=DeliveryState.WAITING)
            if fault and self._suspected(delivery_id, record.faults + 1):
                self._change(delivery_id, "ingest", owner, SUSPECTED)
            self._make_due(delivery_id, due_in)
            return True

    def advance(self, delivery_id: DeliveryId, done: Advance, *, owner: str, lease: timedelta) -> bool:
        """Note what was done; see ``ItemProgress.advance``."""
        with self._lock:
            hold, record = self._holds.get(delivery_id), self._records.get(delivery_id)
            if not hold or not record or hold.owner != owner:
                return self._refuse(Transition.ADVANCE_NOT_HELD)
            self._holds[delivery_id] = Hold(owner, self._clock.now() + lease, hold.attempts)
            self._make_due(delivery_id, lease)
            self._records[delivery_id] = self._records[delivery_id].model_copy(update={"progress": done.progress})
            self._by_article[delivery_id].update(done.article_ids)
            self._tagging_due(done.to_tag, record.lane)
            return True

    def pause(self, delivery_id: DeliveryId, *, owner: str, why: str) -> bool:
        """Give the lease back for a while; see ``ItemProgress.pause``."""
        with self._lock:
            hold, record = self._holds.get(delivery_id), self._records.get(delivery_id)
            if not hold or not record or hold.owner != owner:
                return self._refuse(Transition.PAUSE_NOT_HELD)
            del self._holds[delivery_id]
            self._due[record.lane].pop(delivery_id)
            lane = record.lane if record.lane is Work.SUSPECT else Work.BACKFILL
            self._change(delivery_id, "ingest", owner, why, state=DeliveryState.WAITING, lane=lane, attempts=0)
            self._make_due(delivery_id, timedelta(0))
            return True

    def settle(self, delivery_id: DeliveryId, outcome: Outcome, *, by: str) -> bool:
        """End the delivery; see ``Ledger.settle``."""
        with self._lock:
            record = self._records.get(delivery_id)
            if record is None:
                return self._refuse(Transition.SETTLE_UNKNOWN)
            if record.state is DeliveryState.SETTLED:
                same = record.disposition is outcome.disposition
                return self._refuse(Transition.SETTLE_SAME_END if same else Transition.SETTLE_OTHER_END)
            self._due[record.lane].pop(delivery_id)
            self._holds.pop(delivery_id, None)
            end = {
                name: getattr(outcome, name) for name in ("disposition", "reason", "message", "article_ids", "relation")
            }
            end["progress"] = outcome.progress
            self._by_article[delivery_id].update(outcome.article_ids)
            said = ": ".join(filter(None, [outcome.disposition.value, outcome.reason, outcome.message]))
            end |= {"state": DeliveryState.SETTLED, "settled_at": self._clock.now(), "due_at": None}
            self._change(delivery_id, "ledger", by, said, **end)
            self._counts[outcome.disposition] += 1
            self._tagging_due(outcome.to_tag, record.lane)
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
            if (query.before is None or record.id < query.before) and self._matches(record, query)
        )
        return list(wanted)[: query.limit]

    def balance(self) -> Balance:
        """Return the balance; see ``Ledger.balance``."""
        with self._lock:
            in_flight = sum(record.state is not DeliveryState.SETTLED for record in self._records.values())
            return Balance(seen=len(self._records), in_flight=in_flight, dispositions=dict(self._counts))

    def refusals(self) -> Refusals:
        """Return how often changes were refused; see ``Ledger.refusals``."""
        with self._lock:
            return Refusals.of(self._refused)

    def take_overdue(self, work: Work, *, overdue_by: timedelta, postpone_by: timedelta, limit: int) -> list[str]:
        """Return overdue ids; see ``Ledger.take_overdue``."""
        with self._lock:
            now, due = self._clock.now(), self._due[work]
            late = [(at, each) for each, at in due.items() if not now - overdue_by < at <= now + FARTHEST]
            overdue = sorted(late, key=lambda one: (one[0] > now, one))[:limit]
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

    def _matches(self, record: Delivery, query: DeliveryQuery) -> bool:
        if query.article_id is not None and query.article_id not in self._by_article[record.id]:
            return False
        return matches_delivery(record, query)

    def _why_not(self, record: Delivery | None, hold: Hold | None, lane: Work) -> Transition | None:
        """Return why another than the one who holds it may not begin a delivery."""
        if record is None:
            return Transition.BEGIN_UNKNOWN
        if record.state is DeliveryState.SETTLED:
            return Transition.BEGIN_SETTLED
        if hold and self._is_ahead(hold.until):
            return Transition.BEGIN_LEASED
        if record.lane is Work.SUSPECT and lane is not Work.SUSPECT:
            return Transition.BEGIN_SUSPECT
        return None

    def _suspected(self, delivery_id: DeliveryId, faults: int) -> bool:
        """Note the faults; return whether the delivery becomes a suspect by them."""
        record = self._records[delivery_id]
        becomes = faults >= TRUSTED_FAULTS and record.lane is not Work.SUSPECT
        noted: dict[str, Any] = {"faults": faults}
        if becomes:
            self._due[record.lane].pop(delivery_id)
            noted["lane"] = Work.SUSPECT
        self._records[delivery_id] = record.model_copy(update=noted)
        return becomes

    def _tagging_due(self, article_ids: Sequence[ArticleId], lane: Work) -> None:
        for article_id in article_ids:
            self._holds.pop(article_id, None)
            # What a live delivery waits for is not put behind by one from the backfill.
            wanted = Work.TAG if article_id in self._due[Work.TAG] else TAGGING[lane]
            self._end_tagging(article_id)
            self._due[wanted][article_id] = self._clock.now() + FIRST_DUE

    def _make_due(self, delivery_id: DeliveryId, due_in: timedelta) -> None:
        record = self._records[delivery_id]
        self._due[record.lane][delivery_id] = due_at = self._clock.now() + due_in
        self._records[delivery_id] = record.model_copy(update={"due_at": due_at})

    def _change(self, delivery_id: DeliveryId, stage: str, by: str, what: str, **fields: Any) -> None:
        record = self._records[delivery_id]
        entry = TimelineEntry(at=self._clock.now(), stage=stage, by=by, what=what)
        self._records[delivery_id] = record.model_copy(update=fields | {"timeline": (*record.timeline, entry)})
