"""The ledger on the server: each change is one script over one slot."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from redis import Redis

from copytaster.clock import Clock
from copytaster.delivery import Balance, Delivery, DeliveryId, DeliveryState, Outcome, TimelineEntry, how_registered
from copytaster.disposition import Disposition
from copytaster.events import EventKind
from copytaster.retry_policy import SUSPECTED, TRUSTED_FAULTS
from copytaster.store.keys import Keys
from copytaster.store.matching import matches_delivery
from copytaster.store.ports import DeliveryQuery, Lease
from copytaster.store.redis.client import script, text, translated
from copytaster.store.redis.item_progress import RedisItemProgress
from copytaster.store.redis.taggings import EVENTS_KEPT, milliseconds
from copytaster.store.refusals import Refusals, Transition
from copytaster.work import FARTHEST, FIRST_DUE, Work

TAKEN_IN = {"id", "name", "path", "source", "size", "sha256", "received_at", "retry_of"} | {
    "sidecar",
    "metadata",
    "folder_defaults",
}
"""Fields of a record that its watcher knew; they never change."""

PAGE = 200
"""Records read per round trip while a query looks for matches."""


class RedisLedger(RedisItemProgress):
    """See ``copytaster.store.ports.Ledger``."""

    def __init__(self, client: Redis, keys: Keys, clock: Clock) -> None:
        super().__init__(client, keys, clock)
        self._register = script(client, "register")
        self._begin = script(client, "begin")
        self._postpone = script(client, "postpone")
        self._settle = script(client, "settle")
        self._note_retry = script(client, "note_retry")
        self._take_overdue = script(client, "take_overdue")

    def register(self, delivery: Delivery, *, due_in: timedelta, by: str) -> bool:
        """Record a new delivery; see ``Ledger.register``."""
        keys, now = self._keys, self._clock.now()
        body = delivery.model_dump_json(include=TAKEN_IN)
        indexed = {"": "", "state": DeliveryState.WAITING.value, "name": delivery.name, "path": delivery.path}
        if delivery.sha256:
            indexed["sha256"] = delivery.sha256
        return self._run(
            self._register,
            [
                keys.delivery(delivery.id),
                keys.timeline(delivery.id),
                keys.due(delivery.lane),
                keys.balance(),
                keys.events(),
                keys.refused(),
            ]
            + [keys.deliveries(field, value) for field, value in indexed.items()],
            [
                delivery.id,
                body,
                milliseconds(now + due_in),
                self._entry("watcher", by, how_registered(delivery)),
                self._event(EventKind.DELIVERY_REGISTERED, delivery_id=delivery.id),
                EVENTS_KEPT,
                delivery.lane.value,
            ],
        )

    def begin(self, delivery_id: DeliveryId, *, owner: str, lease: timedelta, lane: Work = Work.INGEST) -> Lease | None:
        """Take the delivery; see ``Ledger.begin``."""
        now = self._clock.now()
        taken, moved = f"taken for {lease.total_seconds():g} s", self._entry("ingest", owner, SUSPECTED)
        arguments: list[str | int] = [delivery_id, owner, milliseconds(now), milliseconds(now + lease)]
        arguments += [self._entry("ingest", owner, taken), int(lane is Work.SUSPECT), TRUSTED_FAULTS, moved]
        arguments.append(milliseconds(now + FARTHEST))
        with translated():
            attempt, faults = self._begin(keys=self._movement(delivery_id), args=arguments)
        return Lease(int(attempt), int(faults)) if int(attempt) else None

    def postpone(
        self, delivery_id: DeliveryId, *, owner: str, due_in: timedelta, why: str, fault: bool = False
    ) -> bool:
        """Give the lease back; see ``Ledger.postpone``."""
        entry = self._entry("ingest", owner, f"postponed for {due_in.total_seconds():g} s: {why}")
        due = milliseconds(self._clock.now() + due_in)
        moved = self._entry("ingest", owner, SUSPECTED)
        arguments: list[str | int] = [delivery_id, owner, due, entry, int(fault), TRUSTED_FAULTS, moved]
        return self._run(self._postpone, self._movement(delivery_id), arguments)

    def settle(self, delivery_id: DeliveryId, outcome: Outcome, *, by: str) -> bool:
        """End the delivery; see ``Ledger.settle``."""
        keys, now = self._keys, self._clock.now()
        indexed = [("state", DeliveryState.SETTLED.value), ("disposition", outcome.disposition.value)]
        indexed += [("reason", outcome.reason.value)] if outcome.reason else []
        indexed += [("article", article_id) for article_id in outcome.article_ids]
        end = outcome.model_dump(mode="json", exclude={"to_tag"}) | {"settled_at": now.isoformat()}
        said = ": ".join(filter(None, [outcome.disposition.value, outcome.reason, outcome.message]))
        event = self._event(
            EventKind.DELIVERY_SETTLED,
            delivery_id=delivery_id,
            **outcome.model_dump(mode="json", include={"disposition", "reason", "article_ids"}),
        )
        return self._run(
            self._settle,
            self._movement(delivery_id)
            + [keys.due(Work.TAG), keys.due(Work.RETAG), keys.balance(), keys.events()]
            + [keys.deliveries(field, value) for field, value in indexed]
            + [keys.tagging(article_id) for article_id in outcome.to_tag],
            [
                delivery_id,
                outcome.disposition.value,
                json.dumps(end),
                self._entry("ledger", by, said),
                event,
                EVENTS_KEPT,
                milliseconds(now + FIRST_DUE),
                len(indexed),
                *outcome.to_tag,
            ],
        )

    def note_retry(self, delivery_id: DeliveryId, retried_as: DeliveryId, *, by: str) -> DeliveryId | None:
        """Note the retry; see ``Ledger.note_retry``."""
        keys = [self._keys.delivery(delivery_id), self._keys.timeline(delivery_id)]
        with translated():
            noted = self._note_retry(
                keys=keys, args=[retried_as, self._entry("ledger", by, f"retried as {retried_as}")]
            )
        return DeliveryId(text(noted)) if noted else None

    def get(self, delivery_id: DeliveryId) -> Delivery | None:
        """Return the record; see ``Ledger.get``."""
        with translated():
            pipe = self._client.pipeline()
            pipe.hgetall(self._keys.delivery(delivery_id))
            pipe.lrange(self._keys.timeline(delivery_id), 0, -1)
            record, timeline = pipe.execute()
        if not record:
            return None
        entries = tuple(TimelineEntry.model_validate_json(entry) for entry in timeline)
        return _delivery(record).model_copy(update={"timeline": entries})

    def states(self, delivery_ids: Sequence[DeliveryId]) -> dict[DeliveryId, DeliveryState]:
        """Return where deliveries are; see ``Ledger.states``."""
        with translated():
            pipe = self._client.pipeline(transaction=False)
            for each in delivery_ids:
                pipe.hget(self._keys.delivery(each), "state")
            found = zip(delivery_ids, pipe.execute(), strict=True)
        return {each: DeliveryState(text(state)) for each, state in found if state}

    def find(self, query: DeliveryQuery) -> list[Delivery]:
        """Return matching records; see ``Ledger.find``."""
        found: list[Delivery] = []
        with translated():
            index = self._smallest_index(query)
            before = f"({query.before}" if query.before else "+"
            while len(found) < query.limit:
                ids = [text(each) for each in self._client.zrevrangebylex(index, before, "-", 0, PAGE)]
                found += [each for each in self._load(ids) if matches_delivery(each, query)]
                if len(ids) < PAGE:
                    break
                before = f"({ids[-1]}"
        return found[: query.limit]

    def balance(self) -> Balance:
        """Return the balance; see ``Ledger.balance``."""
        with translated():
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

    def refusals(self) -> Refusals:
        """Return how often changes were refused; see ``Ledger.refusals``."""
        known = set(Transition)
        with translated():
            counts = {text(name): int(count) for name, count in self._client.hgetall(self._keys.refused()).items()}
        return Refusals.of({Transition(name): count for name, count in counts.items() if name in known})

    def take_overdue(self, work: Work, *, overdue_by: timedelta, postpone_by: timedelta, limit: int) -> list[str]:
        """Return overdue ids; see ``Ledger.take_overdue``."""
        now = self._clock.now()
        arguments = [
            milliseconds(now - overdue_by),
            milliseconds(now + postpone_by),
            limit,
            milliseconds(now + FARTHEST),
        ]
        with translated():
            return [text(each) for each in self._take_overdue(keys=[self._keys.due(work)], args=arguments)]

    def overdue(self, work: Work, *, by: timedelta) -> int:
        """Count what is overdue; see ``Ledger.overdue``."""
        with translated():
            return int(self._client.zcount(self._keys.due(work), "-inf", milliseconds(self._clock.now() - by)))

    def waiting(self, work: Work) -> int:
        """Count what has a due time; see ``Ledger.waiting``."""
        with translated():
            return int(self._client.zcard(self._keys.due(work)))

    def _smallest_index(self, query: DeliveryQuery) -> str:
        if query.article_id is not None:
            return self._keys.deliveries("article", query.article_id)
        asked = {
            "name": query.name,
            "path": query.path,
            "sha256": query.sha256,
            "state": query.state,
            "disposition": query.disposition,
            "reason": query.reason,
        }
        names = [self._keys.deliveries(field, value) for field, value in asked.items() if value is not None]
        if not names:
            return self._keys.deliveries()
        pipe = self._client.pipeline(transaction=False)
        for name in names:
            pipe.zcard(name)
        return min(zip(pipe.execute(), names, strict=True))[1]

    def _load(self, ids: Sequence[str]) -> list[Delivery]:
        pipe = self._client.pipeline(transaction=False)
        for each in ids:
            pipe.hgetall(self._keys.delivery(DeliveryId(each)))
        return [_delivery(record) for record in pipe.execute() if record]


def _delivery(record: dict[bytes, bytes]) -> Delivery:
    fields = json.loads(record[b"body"]) | json.loads(record.get(b"end", b"{}"))
    due, retried_as = record.get(b"due"), record.get(b"retried_as")
    if b"progress" in record:
        fields = {"progress": json.loads(record[b"progress"])} | fields
    return Delivery.model_validate(
        fields
        | {
            "state": text(record[b"state"]),
            "attempts": int(record[b"attempts"]),
            "faults": int(record.get(b"faults", 0)),
            "lane": text(record.get(b"lane", Work.INGEST.value)),
            "due_at": datetime.fromtimestamp(int(due) / 1000, UTC) if due else None,
            "retried_as": text(retried_as) if retried_as else None,
        }
    )
