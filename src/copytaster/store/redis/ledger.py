"""The ledger on the server: each change is one script over one hash slot."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from redis import Redis
from redis.client import Pipeline
from redis.commands.core import Script

from copytaster.clock import Clock, from_milliseconds, milliseconds
from copytaster.model.batches import batched
from copytaster.model.delivery import (
    Balance,
    Delivery,
    DeliveryId,
    DeliveryState,
    Outcome,
    begun_line,
    excused_line,
    postponed_line,
    registered_line,
)
from copytaster.model.disposition import Disposition
from copytaster.model.events import EventKind
from copytaster.model.outage import Outage, Resource
from copytaster.model.progress import ItemEnd
from copytaster.model.refused_transitions import RefusedTransitions, Transition
from copytaster.model.retry_policy import RULES, SUSPECT_FAULTS, SUSPECT_LINE, Failure
from copytaster.model.sighting import arrival, ending
from copytaster.model.work import DUE_HORIZON, FIRST_DUE, HELD_DUE, LANES, Work
from copytaster.store.keys import Keys
from copytaster.store.matching import first_delivery_below, is_delivery_past, matches_delivery
from copytaster.store.ports.ledger import MOST_EXAMINED, Advance, Begun, DeliveryPage, DeliveryQuery, Lease
from copytaster.store.ports.source_watch import SIGHTINGS_KEPT
from copytaster.store.redis.client import call, script, send, text, transient_errors
from copytaster.store.redis.delivery_index import (
    DeliveryIndex,
    end_terms,
    failed_group,
    hashed_terms,
    posting,
    registered,
)
from copytaster.store.redis.delivery_records import (
    ENDS,
    DeliveryRecords,
    end_fields,
    pack_entry,
    read_delivery,
    registration,
)
from copytaster.store.redis.embargoes import RedisEmbargoes
from copytaster.store.redis.events import EVENTS_KEPT, pack_event
from copytaster.store.redis.posting_lists import SHARED
from copytaster.store.redis.source_watch import sighting_row
from copytaster.store.redis.taggings import RedisTaggings

AT_ONCE = 20
"""Deliveries that one script registers or begins. Each takes the server at most a twentieth of a millisecond."""

PAGE = 200
"""Records read in one round trip while a query searches for matches."""


class RedisLedger(RedisEmbargoes, RedisTaggings):
    """Implements ``Ledger``; keeps the last ``remembered`` deliveries that lists have read, see ``DeliveryRecords``."""

    def __init__(self, client: Redis, keys: Keys, clock: Clock, *, remembered: int = 0) -> None:
        RedisEmbargoes.__init__(self, client, keys, clock)
        RedisTaggings.__init__(self, client, keys, clock)
        self._index = DeliveryIndex(client, keys)
        self._records = DeliveryRecords(remembered)
        self._register = script(client, "register", shared=[*SHARED, "add_line"])
        self._begin = script(client, "begin", shared=["add_line", "is_ahead"])
        self._give_back = script(client, "give_back")
        self._advance = script(client, "advance", shared=["queue_tagging", *SHARED])
        self._pause = script(client, "pause", shared=["end_outage"])
        self._postpone = script(client, "postpone", shared=["end_outage"])
        self._excuse = script(client, "excuse")
        self._release_held = script(client, "release_held")
        self._take_held = script(client, "take_held")
        self._settle = script(
            client, "settle", shared=["end_outage", "queue_tagging", "add_line", *SHARED, "failed_files"]
        )
        self._record_retry = script(client, "record_retry", shared=["failed_files"])
        self._take_overdue = script(client, "take_overdue")

    def register(self, delivery: Delivery, *, due_in: timedelta | None, by: str) -> bool:
        """Record a new delivery; see ``Ledger.register``."""
        return self.register_many([delivery], due_in=due_in, by=by)[0]

    def register_many(self, deliveries: Sequence[Delivery], *, due_in: timedelta | None, by: str) -> list[bool]:
        """Record new deliveries; see ``Ledger.register_many``."""

        def register_all(pipe: Pipeline) -> None:
            for batch in batched(deliveries, AT_ONCE):
                call(pipe, self._register, self._registration_keys(batch, due_in), self._registered(batch, due_in, by))

        with transient_errors():
            replies = send(self._client, [self._register], register_all) if deliveries else []
        return [bool(each) for each in chain.from_iterable(replies)]

    def _registration_keys(self, deliveries: Sequence[Delivery], due_in: timedelta | None) -> list[str]:
        keys = self._keys
        names = [keys.balance(), keys.events(), keys.refused(), keys.held_due()]
        names += [keys.deliveries("state", DeliveryState.WAITING), keys.delivery_terms(), keys.delivery_blocks()]
        names.append(keys.sightings())
        for each in deliveries:
            due = keys.held() if due_in is None else keys.due(each.lane)
            names += [keys.delivery(each.id), keys.timeline(each.id), due]
        return names

    def _registered(self, deliveries: Sequence[Delivery], due_in: timedelta | None, by: str) -> list[str | bytes | int]:
        """Return the arguments of ``register``."""
        now = self._clock.now()
        held_due = milliseconds(now + HELD_DUE) if due_in is None else ""
        found: list[str | bytes | int] = [EVENTS_KEPT, SIGHTINGS_KEPT, held_due]
        for each in deliveries:
            fields, terms = registration(each), hashed_terms(registered(each))
            seen = arrival(each, now=now) if due_in is not None else None
            found += [
                each.id,
                milliseconds(each.received_at if due_in is None else now + due_in),
                pack_entry(now, "watcher", by, registered_line(each)),
                pack_event(EventKind.DELIVERY_REGISTERED, now, delivery_id=each.id),
                posting(each.id),
                sighting_row(seen, now),
                len(fields),
                len(terms),
                *fields,
                *terms,
            ]
        return found

    def release_held(self, delivery_ids: Sequence[DeliveryId], *, due_in: timedelta) -> None:
        """Make held deliveries due; see ``Ledger.release_held``."""
        times = [milliseconds(self._clock.now() + each) for each in (due_in, HELD_DUE)]
        self._run(self._release_held, self._held_keys(), [*times, *delivery_ids])

    def take_held(self, *, limit: int, due_in: timedelta, next_in: timedelta) -> list[DeliveryId]:
        """Make the first held deliveries due; see ``Ledger.take_held``."""
        now = self._clock.now()
        times = [milliseconds(now + each) for each in (timedelta(0), DUE_HORIZON, due_in, next_in)]
        with transient_errors():
            return [DeliveryId(text(each)) for each in self._take_held(keys=self._held_keys(), args=[*times, limit])]

    def begin(self, delivery_id: DeliveryId, *, owner: str, lease: timedelta, lane: Work = Work.INGEST) -> Lease | None:
        """Lease the delivery; see ``Ledger.begin``."""
        is_suspect = int(lane is Work.SUSPECT)
        ((attempt, found),) = self._begin_all([delivery_id], owner, lease, [is_suspect, 0])
        return found if attempt else None

    def begin_together(self, delivery_ids: Sequence[DeliveryId], *, owner: str, lease: timedelta) -> Begun:
        """Lease deliveries; see ``Ledger.begin_together``."""
        distinct = list(dict.fromkeys(delivery_ids))
        begun = list(zip(distinct, self._begin_all(distinct, owner, lease, [0, 1]), strict=True))
        return Begun(
            {each: found for each, (attempt, found) in begun if attempt > 0 and found},
            [each for each, (attempt, _) in begun if attempt < 0],
        )

    def give_back(self, delivery_ids: Sequence[DeliveryId], *, owner: str) -> set[DeliveryId]:
        """Undo ``begin_together``; see ``Ledger.give_back``."""
        now = milliseconds(self._clock.now())

        def call_all(pipe: Pipeline) -> None:
            for each in delivery_ids:
                call(pipe, self._give_back, self._delivery_keys(each), [each, owner, now])

        return self._done(self._give_back, delivery_ids, call_all)

    def advance(self, delivery_id: DeliveryId, done: Advance, *, owner: str, lease: timedelta) -> bool:
        """Record progress; see ``Ledger.advance``."""
        keys, now = self._keys, self._clock.now()
        event = pack_event(EventKind.DELIVERY_ADVANCED, now, delivery_id=delivery_id, items=items_of(done.items))
        names = [keys.due(Work.TAG), keys.due(Work.RETAG), keys.delivery_terms(), keys.taggings()]
        names += [keys.delivery_blocks(), keys.events()]
        return self._run(
            self._advance,
            [*self._delivery_keys(delivery_id), *names],
            [
                delivery_id,
                owner,
                milliseconds(now + lease),
                done.progress.model_dump_json(),
                milliseconds(now + FIRST_DUE),
                event if done.items else "",
                EVENTS_KEPT,
                posting(delivery_id),
                len(done.article_ids),
                *hashed_terms(("article", each) for each in done.article_ids),
                *done.to_tag,
            ],
        )

    def pause(self, delivery_id: DeliveryId, *, owner: str, why: str) -> bool:
        """Release the lease in the middle of a delivery; see ``Ledger.pause``."""
        now = milliseconds(self._clock.now())
        return self._run(
            self._pause,
            self._delivery_keys(delivery_id) + self._outage_keys(),
            [delivery_id, owner, now, self._entry("ingest", owner, why)],
        )

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
        now, keys = self._clock.now(), self._delivery_keys(delivery_id) + self._outage_keys()
        outage = cause if isinstance(cause, Resource) else None
        return self._run(
            self._postpone,
            keys,
            [
                delivery_id,
                owner,
                milliseconds(now + due_in),
                self._entry("ingest", owner, postponed_line(due_in, why)),
                0 if outage else RULES[Failure(cause)].suspect_after,
                self._entry("ingest", owner, SUSPECT_LINE),
                milliseconds(now),
                outage.value if outage else "",
                keys.index(self._keys.outage(outage)) + 1 if outage else 0,  # Lua counts from 1
            ],
        )

    def excuse(self, delivery_id: DeliveryId, *, owner: str, why: str) -> bool:
        """Withdraw an attempt that ended by an outage of the server; see ``Ledger.excuse``."""
        return self._run(
            self._excuse,
            self._delivery_keys(delivery_id),
            [delivery_id, owner, milliseconds(self._clock.now()), self._entry("ingest", owner, excused_line(why))],
        )

    def settle(self, delivery_id: DeliveryId, outcome: Outcome, *, by: str, owner: str | None = None) -> bool:
        """Record the disposition; see ``Ledger.settle``."""
        return bool(self._settle_all({delivery_id: outcome}, by, owner))

    def settle_together(self, ends: Mapping[DeliveryId, Outcome], *, owner: str) -> set[DeliveryId]:
        """Record dispositions; see ``Ledger.settle_together``."""
        return self._settle_all(ends, owner, owner) if ends else set()

    def record_retry(self, delivery_id: DeliveryId, retried_as: DeliveryId, *, by: str) -> DeliveryId | None:
        """Record the retry; see ``Ledger.record_retry``."""
        keys = [self._keys.delivery(delivery_id), self._keys.timeline(delivery_id), *self._keys.failed_files()]
        with transient_errors():
            failed = next(iter(self._load([delivery_id])), None)
            line = self._entry("ledger", by, f"retried as {retried_as}")
            group = failed_group(failed) if failed else ("", "")
            noted = self._record_retry(keys=keys, args=[retried_as, line, delivery_id, *group])
        return DeliveryId(text(noted)) if noted else None

    def get(self, delivery_id: DeliveryId) -> Delivery | None:
        """Return the record; see ``Ledger.get``."""
        with transient_errors():
            pipe = self._client.pipeline()
            pipe.hgetall(self._keys.delivery(delivery_id))
            pipe.lrange(self._keys.timeline(delivery_id), 0, -1)
            record, timeline = pipe.execute()
        return read_delivery(delivery_id, record, timeline) if record else None

    def sources(self, delivery_ids: Sequence[DeliveryId]) -> dict[DeliveryId, str | None]:
        """Return the sources of deliveries; see ``Ledger.sources``."""
        with transient_errors():
            return {each.id: each.source for each in self._load(delivery_ids)}

    def states(self, delivery_ids: Sequence[DeliveryId]) -> dict[DeliveryId, DeliveryState]:
        """Return the states of deliveries; see ``Ledger.states``."""
        with transient_errors():
            pipe = self._client.pipeline(transaction=False)
            for each in delivery_ids:
                pipe.hget(self._keys.delivery(each), "state")
            found = zip(delivery_ids, pipe.execute(), strict=True)
        return {each: DeliveryState(text(state)) for each, state in found if state}

    def find(self, query: DeliveryQuery) -> list[Delivery]:
        """Return matching records; see ``Ledger.find``."""
        found: list[Delivery] = []
        with transient_errors():
            for _, part in self._parts(query):
                found += part
                if len(found) >= query.limit:
                    break
        return found[: query.limit]

    def page(self, query: DeliveryQuery) -> DeliveryPage:
        """Return a page of matching records; see ``Ledger.page``."""
        found: list[Delivery] = []
        examined = 0
        with transient_errors():
            for ids, part in self._parts(query):
                found += part
                examined += len(ids)
                if len(found) > query.limit:
                    break
                if examined - len(found) >= MOST_EXAMINED:
                    return DeliveryPage(tuple(found), ids[-1])
        page = tuple(found[: query.limit])
        return DeliveryPage(page, page[-1].id if len(found) > query.limit else None)

    def _parts(self, query: DeliveryQuery) -> Iterator[tuple[list[DeliveryId], list[Delivery]]]:
        """Yield ids from the shortest list that has all matching deliveries, newest first, and those that match."""
        term, before = self._index.rarest(query), first_delivery_below(query)
        size = min(query.limit + 1, PAGE)  # often all of them match
        while True:
            ids = self._index.ids(term, before=before, limit=size)
            if ids:
                yield ids, [each for each in self._load(ids) if matches_delivery(each, query)]
            if len(ids) < size or is_delivery_past(ids[-1], query):
                return
            before, size = ids[-1], PAGE

    def balance(self) -> Balance:
        """Return the balance; see ``Ledger.balance``."""
        with transient_errors():
            pipe = self._client.pipeline(transaction=True)
            pipe.hgetall(self._keys.balance())
            pipe.zcard(self._keys.deliveries("state", DeliveryState.WAITING))
            pipe.zcard(self._keys.deliveries("state", DeliveryState.WORKING))
            counts, waiting, working = pipe.execute()
        return Balance(
            seen=int(counts.get(b"seen", 0)),
            in_flight=waiting + working,
            dispositions={each: int(counts.get(each.value.encode(), 0)) for each in Disposition},
        )

    def outages(self) -> list[Outage]:
        """Return the resources for which deliveries wait; see ``Ledger.outages``."""
        with transient_errors():
            pipe = self._client.pipeline(transaction=True)
            for name in self._outage_keys():
                pipe.zcard(name)
                pipe.zrange(name, 0, 0, withscores=True)
            replies = pipe.execute()
        return [
            Outage(resource=resource, since=from_milliseconds(int(first[0][1])), waiting=count)
            for resource, count, first in zip(Resource, replies[::2], replies[1::2], strict=True)
            if count
        ]

    def refusals(self) -> RefusedTransitions:
        """Return the counts of refused changes; see ``Ledger.refusals``."""
        known = set(Transition)
        with transient_errors():
            counts = {text(name): int(count) for name, count in self._client.hgetall(self._keys.refused()).items()}
        return RefusedTransitions.of({Transition(name): count for name, count in counts.items() if name in known})

    def take_overdue(self, work: Work, *, overdue_by: timedelta, postpone_by: timedelta, limit: int) -> list[str]:
        """Return overdue ids and postpone them; see ``Ledger.take_overdue``."""
        now = self._clock.now()
        arguments = [
            milliseconds(now - overdue_by),
            milliseconds(now + postpone_by),
            limit,
            milliseconds(now + DUE_HORIZON),
        ]
        with transient_errors():
            return [text(each) for each in self._take_overdue(keys=[self._keys.due(work)], args=arguments)]

    def overdue(self, work: Work, *, by: timedelta) -> int:
        """Return the number of overdue ids; see ``Ledger.overdue``."""
        with transient_errors():
            return int(self._client.zcount(self._keys.due(work), "-inf", milliseconds(self._clock.now() - by)))

    def due_first(self, work: Work, *, limit: int) -> list[str]:
        """Return the ids with the earliest due times; see ``Ledger.due_first``."""
        with transient_errors():
            return [text(each) for each in self._client.zrange(self._keys.due(work), 0, limit - 1)]

    def waiting(self, work: Work) -> int:
        """Return the number of ids with a due time; see ``Ledger.waiting``."""
        names = [self._keys.due(work)] + ([self._keys.held()] if work is Work.INGEST else [])
        with transient_errors():
            pipe = self._client.pipeline(transaction=True)
            for name in names:
                pipe.zcard(name)
            return sum(pipe.execute())

    def _begin_all(
        self, delivery_ids: Sequence[DeliveryId], owner: str, lease: timedelta, mode: list[int]
    ) -> list[tuple[int, Lease | None]]:
        """Run ``begin`` for each delivery, and return the number of the attempt and the lease; one round trip."""
        now = self._clock.now()
        line, suspect_line = (self._entry("ingest", owner, each) for each in (begun_line(lease), SUSPECT_LINE))
        times = [milliseconds(each) for each in (now, now + lease, now + DUE_HORIZON)]

        keys, arguments = self._keys, [owner, *times, line, SUSPECT_FAULTS, suspect_line, *mode]
        shared = [*self._states(), keys.refused(), *map(keys.due, LANES), keys.held()]

        def begin_all(pipe: Pipeline) -> None:
            for batch in batched(delivery_ids, AT_ONCE):
                records = [name for each in batch for name in (keys.delivery(each), keys.timeline(each))]
                call(pipe, self._begin, [*shared, *records], [*arguments, *batch])

        with transient_errors():
            answers = send(self._client, [self._begin], begin_all) if delivery_ids else []
        replies = chain.from_iterable(answers)
        return [(int(reply[0]), _lease(each, reply)) for each, reply in zip(delivery_ids, replies, strict=True)]

    def _settle_all(self, ends: Mapping[DeliveryId, Outcome], by: str, owner: str | None) -> set[DeliveryId]:
        """Run ``settle`` for deliveries, and return those that were settled."""
        keys, now = self._keys, self._clock.now()
        names = [*self._states(), keys.refused(), *map(keys.due, LANES), keys.due(Work.TAG), keys.due(Work.RETAG)]
        names += [keys.balance(), keys.events(), keys.held(), *self._outage_keys()]
        names += [keys.delivery_terms(), keys.taggings(), keys.delivery_blocks(), *keys.failed_files()]
        names.append(keys.sightings())
        failed = [each for each, outcome in ends.items() if outcome.disposition.keeps_file]
        sources = self.sources(failed) if failed else {}
        arguments: list[str | bytes | int] = [owner or "", EVENTS_KEPT, milliseconds(now + FIRST_DUE), SIGHTINGS_KEPT]
        for each, outcome in ends.items():
            names += [keys.delivery(each), keys.timeline(each)]
            arguments += self._end(each, outcome, now, by, sources.get(each) or "")
        with transient_errors():
            done: Any = self._settle(keys=names, args=arguments)
        return {each for each, was_settled in zip(ends, done, strict=True) if was_settled}

    def _end(
        self, delivery_id: DeliveryId, outcome: Outcome, now: datetime, by: str, source: str
    ) -> list[str | bytes | int]:
        """Return the arguments of ``settle`` for a delivery."""
        fields = end_fields(outcome, now)
        terms = hashed_terms(end_terms(outcome.disposition, outcome.reason, outcome.article_ids))
        event = pack_event(
            EventKind.DELIVERY_SETTLED,
            now,
            delivery_id=delivery_id,
            **outcome.model_dump(mode="json", include={"disposition", "reason", "article_ids"}),
            items=None if outcome.items is None else items_of(outcome.items),
        )
        line, letter = pack_entry(now, "ledger", by, outcome.line), ENDS[outcome.disposition]
        counts = [len(fields), len(terms), len(outcome.to_tag)]
        head: list[str | bytes | int] = [delivery_id, outcome.disposition.value, letter, line, event]
        head += [posting(delivery_id), outcome.reason or "", source, sighting_row(ending(outcome), now), *counts]
        return [*head, *fields, *terms, *outcome.to_tag]

    def _load(self, ids: Sequence[DeliveryId]) -> list[Delivery]:
        pipe = self._client.pipeline(transaction=False)
        for each in ids:
            pipe.hgetall(self._keys.delivery(each))
        records = zip(ids, pipe.execute(), strict=True)
        return [self._records.delivery(each, record) for each, record in records if record]

    def _delivery_keys(self, delivery_id: DeliveryId) -> list[str]:
        """Return the keys that the scripts of a delivery's state have in common."""
        keys, lanes = self._keys, map(self._keys.due, LANES)
        return [keys.delivery(delivery_id), keys.timeline(delivery_id), *self._states(), keys.refused(), *lanes]

    def _states(self) -> list[str]:
        return [self._keys.deliveries("state", each) for each in (DeliveryState.WAITING, DeliveryState.WORKING)]

    def _outage_keys(self) -> list[str]:
        return [self._keys.outage(each) for each in Resource]

    def _held_keys(self) -> list[str]:
        return [self._keys.held(), self._keys.held_due(), self._keys.due(Work.INGEST)]

    def _done(
        self, of: Script, delivery_ids: Sequence[DeliveryId], call_all: Callable[[Pipeline], None]
    ) -> set[DeliveryId]:
        """Send calls of a script for deliveries, and return those for which it did something; one round trip."""
        with transient_errors():
            replies = send(self._client, [of], call_all) if delivery_ids else []
        return {each for each, done in zip(delivery_ids, replies, strict=True) if done}


def items_of(items: Sequence[ItemEnd]) -> list[dict[str, str]]:
    """Return the items in the form of an event; the usual status is left out."""
    return [each.model_dump(mode="json", exclude_defaults=True) for each in items]


def _lease(delivery_id: DeliveryId, reply: Sequence[Any]) -> Lease | None:
    """Return the lease from the reply of ``begin``: attempt, faults, and the record as fields and values in turn."""
    attempt, faults, *fields = reply
    if int(attempt) <= 0:
        return None
    record = dict(zip(fields[::2], fields[1::2], strict=True))
    return Lease(int(attempt), int(faults), read_delivery(delivery_id, record))
