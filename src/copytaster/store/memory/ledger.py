"""The ledger in memory, for tests and dry runs; also the shortest description of what the scripts on the server do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from copytaster.clock import Clock
from copytaster.model.article import ArticleId
from copytaster.model.delivery import (
    UNRECORDED,
    Balance,
    Delivery,
    DeliveryId,
    DeliveryState,
    Outcome,
    TimelineEntry,
    begun_line,
    excused_line,
    postponed_line,
    registered_line,
)
from copytaster.model.disposition import Disposition
from copytaster.model.events import EventKind
from copytaster.model.outage import Outage, Resource, Wait
from copytaster.model.refused_transitions import RefusedTransitions, Transition
from copytaster.model.retry_policy import RULES, SUSPECT_FAULTS, SUSPECT_LINE, Failure
from copytaster.model.sighting import arrival, ending
from copytaster.model.work import DUE_HORIZON, HELD_DUE, Work
from copytaster.store.matching import first_delivery_below, matches_delivery
from copytaster.store.memory.events import MemoryEvents
from copytaster.store.memory.held_lease import Held
from copytaster.store.memory.source_watch import MemorySourceWatch
from copytaster.store.memory.taggings import MemoryTaggings
from copytaster.store.ports.ledger import MOST_EXAMINED, Advance, Begun, DeliveryPage, DeliveryQuery, Lease
from copytaster.system.running_version import running_version


class MemoryLedger(MemoryTaggings):
    """Implements ``Ledger``."""

    def __init__(self, clock: Clock, events: MemoryEvents, sources: MemorySourceWatch) -> None:
        super().__init__(clock, events, sources)
        self._blamed: dict[DeliveryId, str] = {}
        self._waiting_since: dict[DeliveryId, tuple[Resource, datetime]] = {}
        self._held: dict[DeliveryId, datetime] = {}
        self._held_due: datetime | None = None
        self._counts = dict.fromkeys(Disposition, 0)
        self._by_article = defaultdict[DeliveryId, set[ArticleId]](set)

    def register(self, delivery: Delivery, *, due_in: timedelta | None, by: str) -> bool:
        """Record a new delivery; see ``Ledger.register``."""
        with self._lock:
            if delivery.id in self._records:
                return self._refuse(Transition.REGISTER_KNOWN)
            self._records[delivery.id] = delivery.model_copy(update={"state": DeliveryState.WAITING, "timeline": ()})
            if due_in is None:
                self._held[delivery.id] = delivery.received_at
                self._held_due = self._clock.now() + HELD_DUE
            else:
                self._make_due(delivery.id, due_in)
            self._change(delivery.id, "watcher", by, registered_line(delivery))
            self._append(EventKind.DELIVERY_REGISTERED, delivery_id=delivery.id)
            self._sources.append(arrival(delivery, now=self._clock.now()) if due_in is not None else None)
            return True

    def register_many(self, deliveries: Sequence[Delivery], *, due_in: timedelta | None, by: str) -> list[bool]:
        """Record new deliveries; see ``Ledger.register_many``."""
        return [self.register(each, due_in=due_in, by=by) for each in deliveries]

    def release_held(self, delivery_ids: Sequence[DeliveryId], *, due_in: timedelta) -> None:
        """Make held deliveries due; see ``Ledger.release_held``."""
        with self._lock:
            self._held_due = self._clock.now() + HELD_DUE
            for each in delivery_ids:
                if self._held.pop(each, None):
                    self._due[Work.INGEST][each] = self._clock.now() + due_in

    def take_held(self, *, limit: int, due_in: timedelta, next_in: timedelta) -> list[DeliveryId]:
        """Make the first held deliveries due; see ``Ledger.take_held``."""
        with self._lock:
            if self._held_due and self._is_future(self._held_due):
                return []
            taken = sorted(self._held, key=lambda each: (self._held[each], each))[:limit]
            if taken:
                self.release_held(taken, due_in=due_in)
                self._held_due = self._clock.now() + next_in
            return taken

    def begin(self, delivery_id: DeliveryId, *, owner: str, lease: timedelta, lane: Work = Work.INGEST) -> Lease | None:
        """Lease the delivery; see ``Ledger.begin``."""
        with self._lock:
            record, held = self._records.get(delivery_id), self._leases.get(delivery_id)
            if record and held and held.owner == owner:
                return _lease(record.attempts, record.faults, record)
            if refusal := self._refusal(record, held, lane):
                self._refuse(refusal)
                return None
            assert record is not None  # noqa: S101  # for mypy: an unknown delivery was refused above
            faults = record.faults + (1 if held else 0)
            if held:
                self._blamed[delivery_id] = held.owner
            if held and self._becomes_suspect(delivery_id, faults, SUSPECT_FAULTS):
                del self._leases[delivery_id]
                self._make_due(delivery_id, timedelta(0))
                self._change(delivery_id, "ingest", owner, SUSPECT_LINE, state=DeliveryState.WAITING)
                return None
            attempt = record.attempts + 1
            self._leases[delivery_id] = Held(owner, self._clock.now() + lease, attempt)
            self._held.pop(delivery_id, None)
            self._make_due(delivery_id, lease)
            # The repeated attempts during an outage are not in the timeline.
            what = None if record.outage else begun_line(lease)
            self._change(delivery_id, "ingest", owner, what, state=DeliveryState.WORKING, attempts=attempt)
            return _lease(attempt, faults, self._records[delivery_id])

    def begin_together(self, delivery_ids: Sequence[DeliveryId], *, owner: str, lease: timedelta) -> Begun:
        """Lease deliveries; see ``Ledger.begin_together``."""
        begun = Begun({}, [])
        with self._lock:
            for each in dict.fromkeys(delivery_ids):
                if self._has_earlier_attempts(each, owner):
                    begun.alone.append(each)
                elif found := self.begin(each, owner=owner, lease=lease):
                    begun.leases[each] = found
        return begun

    def give_back(self, delivery_ids: Sequence[DeliveryId], *, owner: str) -> set[DeliveryId]:
        """Undo ``begin_together``; see ``Ledger.give_back``."""
        with self._lock:
            return {each for each in delivery_ids if self._give_back(each, owner)}

    def advance(self, delivery_id: DeliveryId, done: Advance, *, owner: str, lease: timedelta) -> bool:
        """Record progress; see ``Ledger.advance``."""
        with self._lock:
            held, record = self._leases.get(delivery_id), self._records.get(delivery_id)
            if not held or not record or held.owner != owner:
                return self._refuse(Transition.ADVANCE_NOT_HELD)
            self._leases[delivery_id] = Held(owner, self._clock.now() + lease, held.attempts)
            self._make_due(delivery_id, lease)
            self._records[delivery_id] = self._records[delivery_id].model_copy(update={"progress": done.progress})
            self._by_article[delivery_id].update(done.article_ids)
            self._queue_tagging(done.to_tag, record.lane)
            if done.items:
                self._append(EventKind.DELIVERY_ADVANCED, delivery_id=delivery_id, items=tuple(done.items))
            return True

    def pause(self, delivery_id: DeliveryId, *, owner: str, why: str) -> bool:
        """Release the lease in the middle of a delivery; see ``Ledger.pause``."""
        with self._lock:
            held, record = self._leases.get(delivery_id), self._records.get(delivery_id)
            if not held or not record or held.owner != owner:
                return self._refuse(Transition.PAUSE_NOT_HELD)
            del self._leases[delivery_id]
            self._due[record.lane].pop(delivery_id)
            lane = record.lane if record.lane is Work.SUSPECT else Work.BACKFILL
            self._change(delivery_id, "ingest", owner, why, state=DeliveryState.WAITING, lane=lane, attempts=0)
            self._end_outage(delivery_id)
            self._make_due(delivery_id, timedelta(0))
            return True

    def postpone(
        self,
        delivery_id: DeliveryId,
        *,
        owner: str,
        due_in: timedelta,
        why: str,
        cause: Resource | Failure = Failure.FAULT,
    ) -> bool:
        """Release the lease after a failure; see ``Ledger.postpone``."""
        with self._lock:
            held, record = self._leases.get(delivery_id), self._records.get(delivery_id)
            if not held or not record or held.owner != owner:
                return self._refuse(Transition.POSTPONE_NOT_HELD)
            del self._leases[delivery_id]
            what = postponed_line(due_in, why)
            if isinstance(cause, Resource):
                new = self._begin_outage(delivery_id, cause)
                self._change(delivery_id, "ingest", owner, what if new else None, state=DeliveryState.WAITING)
            else:
                self._end_outage(delivery_id)
                self._change(delivery_id, "ingest", owner, what, state=DeliveryState.WAITING)
                if self._becomes_suspect(delivery_id, record.faults + 1, RULES[cause].suspect_after):
                    self._change(delivery_id, "ingest", owner, SUSPECT_LINE)
            self._make_due(delivery_id, due_in)
            return True

    def excuse(self, delivery_id: DeliveryId, *, owner: str, why: str) -> bool:
        """Withdraw an attempt that ended by an outage of the server; see ``Ledger.excuse``."""
        with self._lock:
            held, record = self._leases.get(delivery_id), self._records.get(delivery_id)
            if record is None or record.state is DeliveryState.SETTLED:
                return False
            changes: dict[str, Any] = {"attempts": record.attempts - 1}
            if held and held.owner == owner:
                del self._leases[delivery_id]
                self._make_due(delivery_id, timedelta(0))
                changes["state"] = DeliveryState.WAITING
            elif self._blamed.get(delivery_id) == owner:
                del self._blamed[delivery_id]
                changes["faults"] = record.faults - 1
            else:
                return False
            self._change(delivery_id, "ingest", owner, excused_line(why), **changes)
            return True

    def settle(self, delivery_id: DeliveryId, outcome: Outcome, *, by: str, owner: str | None = None) -> bool:
        """Record the disposition; see ``Ledger.settle``."""
        with self._lock:
            record, held = self._records.get(delivery_id), self._leases.get(delivery_id)
            if record is None:
                return self._refuse(Transition.SETTLE_UNKNOWN)
            if record.state is DeliveryState.SETTLED:
                same = record.disposition is outcome.disposition
                return self._refuse(Transition.SETTLE_SAME_END if same else Transition.SETTLE_OTHER_END)
            if owner and not (held and held.owner == owner):
                return self._refuse(Transition.SETTLE_NOT_HELD)
            self._due[record.lane].pop(delivery_id, None)
            self._held.pop(delivery_id, None)
            self._leases.pop(delivery_id, None)
            self._end_outage(delivery_id)
            end = {name: getattr(outcome, name) for name in Outcome.model_fields if name not in UNRECORDED}
            end |= {"state": DeliveryState.SETTLED, "settled_at": self._clock.now(), "due_at": None}
            end |= {"software": running_version()} if outcome.disposition.keeps_file else {}
            self._by_article[delivery_id].update(outcome.article_ids)
            self._change(delivery_id, "ledger", by, outcome.line, **end)
            self._counts[outcome.disposition] += 1
            self._queue_tagging(outcome.to_tag, record.lane)
            reported = {name: getattr(outcome, name) for name in ("disposition", "reason", "article_ids", "items")}
            self._append(EventKind.DELIVERY_SETTLED, delivery_id=delivery_id, **reported)
            self._sources.append(ending(outcome))
            return True

    def settle_together(self, ends: Mapping[DeliveryId, Outcome], *, owner: str) -> set[DeliveryId]:
        """Record dispositions; see ``Ledger.settle_together``."""
        return {each for each, outcome in ends.items() if self.settle(each, outcome, by=owner, owner=owner)}

    def record_retry(self, delivery_id: DeliveryId, retried_as: DeliveryId, *, by: str) -> DeliveryId | None:
        """Record the retry; see ``Ledger.record_retry``."""
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

    def sources(self, delivery_ids: Sequence[DeliveryId]) -> dict[DeliveryId, str | None]:
        """Return the sources of deliveries; see ``Ledger.sources``."""
        return {each: self._records[each].source for each in delivery_ids if each in self._records}

    def states(self, delivery_ids: Sequence[DeliveryId]) -> dict[DeliveryId, DeliveryState]:
        """Return the states of deliveries; see ``Ledger.states``."""
        return {each: self._records[each].state for each in delivery_ids if each in self._records}

    def find(self, query: DeliveryQuery) -> list[Delivery]:
        """Return matching records; see ``Ledger.find``."""
        return [each for each in self._newest_first(query) if self._matches(each, query)][: query.limit]

    def page(self, query: DeliveryQuery) -> DeliveryPage:
        """Return a page of matching records; see ``Ledger.page``."""
        found: list[Delivery] = []
        for examined, record in enumerate(self._newest_first(query), 1):
            found += [record] if self._matches(record, query) else []
            if len(found) > query.limit:
                return DeliveryPage(tuple(found[:-1]), found[-2].id)
            if examined - len(found) >= MOST_EXAMINED:
                return DeliveryPage(tuple(found), record.id)
        return DeliveryPage(tuple(found), None)

    def _newest_first(self, query: DeliveryQuery) -> list[Delivery]:
        below = first_delivery_below(query)
        with self._lock:
            records = [record for name, record in self._records.items() if below is None or name < below]
        return [
            each.model_copy(update={"timeline": ()}) for each in sorted(records, key=lambda each: each.id, reverse=True)
        ]

    def balance(self) -> Balance:
        """Return the balance; see ``Ledger.balance``."""
        with self._lock:
            in_flight = sum(record.state is not DeliveryState.SETTLED for record in self._records.values())
            return Balance(seen=len(self._records), in_flight=in_flight, dispositions=dict(self._counts))

    def outages(self) -> list[Outage]:
        """Return the resources for which deliveries wait; see ``Ledger.outages``."""
        with self._lock:
            waits = sorted(self._waiting_since.values(), key=lambda wait: wait[1])
        found = {each: [since for resource, since in waits if resource is each] for each in Resource}
        return [Outage(resource=each, since=times[0], waiting=len(times)) for each, times in found.items() if times]

    def refusals(self) -> RefusedTransitions:
        """Return the counts of refused changes; see ``Ledger.refusals``."""
        with self._lock:
            return RefusedTransitions.of(self._refused)

    def take_overdue(self, work: Work, *, overdue_by: timedelta, postpone_by: timedelta, limit: int) -> list[str]:
        """Return overdue ids and postpone them; see ``Ledger.take_overdue``."""
        with self._lock:
            now, due = self._clock.now(), self._due[work]
            # Due times beyond the horizon come from a clock that was set back; they follow the overdue ones.
            late = [(at, each) for each, at in due.items() if not now - overdue_by < at <= now + DUE_HORIZON]
            overdue = sorted(late, key=lambda entry: (entry[0] > now, entry))[:limit]
            for _, each in overdue:
                due[each] = now + postpone_by
            return [each for _, each in overdue]

    def overdue(self, work: Work, *, by: timedelta) -> int:
        """Return the number of overdue ids; see ``Ledger.overdue``."""
        with self._lock:
            return sum(moment <= self._clock.now() - by for moment in self._due[work].values())

    def due_first(self, work: Work, *, limit: int) -> list[str]:
        """Return the ids with the earliest due times; see ``Ledger.due_first``."""
        with self._lock:
            return sorted(self._due[work], key=lambda each: (self._due[work][each], each))[:limit]

    def waiting(self, work: Work) -> int:
        """Return the number of ids with a due time; see ``Ledger.waiting``."""
        return len(self._due[work]) + (len(self._held) if work is Work.INGEST else 0)

    def _matches(self, record: Delivery, query: DeliveryQuery) -> bool:
        if query.article_id is not None and query.article_id not in self._by_article[record.id]:
            return False
        return matches_delivery(record, query)

    def _has_earlier_attempts(self, delivery_id: DeliveryId, owner: str) -> bool:
        record, held = self._records.get(delivery_id), self._leases.get(delivery_id)
        if record is None or (held and (held.owner == owner or self._is_future(held.until))):
            return False
        known = bool(held or record.attempts or record.faults or record.progress)
        return known and record.state is not DeliveryState.SETTLED

    def _give_back(self, delivery_id: DeliveryId, owner: str) -> bool:
        held, record = self._leases.get(delivery_id), self._records.get(delivery_id)
        if not held or not record or held.owner != owner:
            return self._refuse(Transition.GIVE_BACK_NOT_HELD)
        del self._leases[delivery_id]
        timeline = record.timeline if record.outage else record.timeline[:-1]
        changes = {"state": DeliveryState.WAITING, "attempts": record.attempts - 1, "timeline": timeline}
        self._records[delivery_id] = record.model_copy(update=changes)
        self._make_due(delivery_id, timedelta(0))
        return True

    def _refusal(self, record: Delivery | None, held: Held | None, lane: Work) -> Transition | None:
        """Return why an owner without the lease may not begin the delivery; None if it may."""
        if record is None:
            return Transition.BEGIN_UNKNOWN
        if record.state is DeliveryState.SETTLED:
            return Transition.BEGIN_SETTLED
        if held and self._is_future(held.until):
            return Transition.BEGIN_LEASED
        if record.lane is Work.SUSPECT and lane is not Work.SUSPECT:
            return Transition.BEGIN_SUSPECT
        return None

    def _begin_outage(self, delivery_id: DeliveryId, resource: Resource) -> bool:
        """Count an attempt that failed by an outage; return whether the delivery did not wait for this resource yet."""
        record, now = self._records[delivery_id], self._clock.now()
        waiting = record.outage or Wait(resource=resource, since=now, attempts=0)
        new = record.outage is None or record.outage.resource is not resource
        if new:
            self._waiting_since[delivery_id] = (resource, now)
        wait = Wait(resource=resource, since=waiting.since, attempts=waiting.attempts + 1)
        self._records[delivery_id] = record.model_copy(update={"outage": wait, "attempts": record.attempts - 1})
        return new

    def _end_outage(self, delivery_id: DeliveryId) -> None:
        self._waiting_since.pop(delivery_id, None)
        self._records[delivery_id] = self._records[delivery_id].model_copy(update={"outage": None})

    def _becomes_suspect(self, delivery_id: DeliveryId, faults: int, suspect_after: int) -> bool:
        """Store the count of faults; return whether it makes the delivery a suspect."""
        record = self._records[delivery_id]
        becomes = faults >= suspect_after and record.lane is not Work.SUSPECT
        changes: dict[str, Any] = {"faults": faults}
        if becomes:
            self._due[record.lane].pop(delivery_id)
            changes["lane"] = Work.SUSPECT
        self._records[delivery_id] = record.model_copy(update=changes)
        return becomes

    def _make_due(self, delivery_id: DeliveryId, due_in: timedelta) -> None:
        record = self._records[delivery_id]
        self._due[record.lane][delivery_id] = due_at = self._clock.now() + due_in
        self._records[delivery_id] = record.model_copy(update={"due_at": due_at})

    def _change(self, delivery_id: DeliveryId, stage: str, by: str, what: str | None, **fields: Any) -> None:
        record, timeline = self._records[delivery_id], self._records[delivery_id].timeline
        if what is not None:
            timeline = (*timeline, TimelineEntry(at=self._clock.now(), stage=stage, by=by, what=what))
        self._records[delivery_id] = record.model_copy(update=fields | {"timeline": timeline})


def _lease(attempt: int, faults: int, record: Delivery) -> Lease:
    return Lease(attempt, faults, record.model_copy(update={"timeline": ()}))
