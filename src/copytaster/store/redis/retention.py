"""The retention on the server: it removes records of the ledger, all in the ledger's hash slot."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from redis import Redis

from copytaster.clock import Clock, from_milliseconds, milliseconds
from copytaster.errors import NewerRecordError
from copytaster.model.article import ArticleId
from copytaster.model.delivery import Delivery, DeliveryId, DeliveryState, arrival_of
from copytaster.model.disposition import Disposition
from copytaster.model.work import Work
from copytaster.store.keys import Keys
from copytaster.store.ports.retention import DISK, MEMORY, Removal, RetentionTotals, lowest_id, removal_fields
from copytaster.store.redis.client import script, text, transient_errors
from copytaster.store.redis.delivery_index import (
    ALL,
    DeliveryIndex,
    failed_group,
    hashed_terms,
    posting,
    removed_terms,
    term_name,
)
from copytaster.store.redis.delivery_records import read_delivery
from copytaster.store.redis.earlier_deliveries import EarlierDeliveries
from copytaster.store.redis.events import EVENTS_KEPT, pack_event
from copytaster.store.redis.posting_lists import SHARED

SWEPT = 100
"""Deliveries that one call of ``sweep`` puts into the index."""


class RedisRetention:
    """Implements ``Retention``."""

    def __init__(self, client: Redis, keys: Keys, clock: Clock) -> None:
        self._client = client
        self._keys = keys
        self._clock = clock
        self._index = DeliveryIndex(client, keys)
        self._earlier = EarlierDeliveries(client, keys)
        self._remove_delivery = script(client, "remove_delivery", shared=[*SHARED, "failed_files"])
        self._note_failed = script(client, "note_failed", shared=["failed_files"])
        self._unseen: list[tuple[Disposition, DeliveryId | None]] = [
            (each, None) for each in Disposition if each.keeps_file
        ]
        """The failed deliveries below an id that this process has not looked at."""

    def settled(self, *, before: datetime, after: DeliveryId | None, limit: int) -> list[Delivery]:
        """Return settled deliveries; see ``Retention.settled``."""
        start, found = after, list[Delivery]()
        with transient_errors():
            while len(found) < limit:
                ids = self._ids(start, before, limit)
                found += [each for each in self._readable(ids) if each.state is DeliveryState.SETTLED]
                if len(ids) < limit:
                    break
                start = ids[-1]
        return found[:limit]

    def oldest_delivery(self) -> datetime | None:
        """Return when the oldest delivery was received; see ``Retention.oldest_delivery``."""
        with transient_errors():
            for each, record in self._records(self._ids(None, None, 1)):
                try:
                    return read_delivery(each, record).received_at
                except NewerRecordError:  # every status has this time, and the id contains it as well
                    return arrival_of(each)
        return None

    def remove_delivery(self, delivery: Delivery) -> bool:
        """Remove a delivery in one transaction; see ``Retention.remove_delivery``."""
        keys, terms = self._keys, removed_terms(delivery)
        names = [keys.delivery(delivery.id), keys.timeline(delivery.id), *self._index.lists.keys, keys.known_files()]
        names += keys.failed_files()
        head: list[str | bytes] = [delivery.id, delivery.sha256 or "", *failed_group(delivery), posting(delivery.id)]
        arguments = [*head, *hashed_terms(terms)]
        with transient_errors():
            removed = bool(self._remove_delivery(keys=names, args=arguments))
            if removed and self._earlier.exist():
                self._earlier.remove(delivery.id, terms)
        return removed

    def sweep(self) -> bool:
        """Index some deliveries of an earlier release; see ``Retention.sweep``."""
        with transient_errors():
            if not self._earlier.exist():
                return self._sweep_failed()
            ids = self._earlier.some(limit=SWEPT)
            found = self._load(ids)
            self._index.add(found)
            for each in found:
                self._earlier.remove(each.id, removed_terms(each))
            for gone in {*ids} - {each.id for each in found}:
                self._earlier.remove(gone, [(ALL, ALL)])
            if len(ids) < SWEPT:
                self._earlier.end()
            return True

    def _sweep_failed(self) -> bool:
        """Put some deliveries of an earlier release among the failed files; return whether there may be more."""
        while self._unseen:
            end, before = self._unseen[-1]
            ids = self._index.ids(("disposition", end), before=before, limit=SWEPT)
            for each in self._readable(ids):
                if each.has_failed_file:
                    names = [self._keys.delivery(each.id), *self._keys.failed_files()]
                    self._note_failed(keys=names, args=[each.id, *failed_group(each)])
            # At the end: after an outage the next call looks at the same deliveries.
            self._unseen.pop()
            if len(ids) == SWEPT:
                self._unseen.append((end, ids[-1]))
                return True
        return False

    def remove_articles(self, article_ids: Sequence[ArticleId]) -> None:
        """Remove the records of articles; see ``Retention.remove_articles``."""
        keys, names = self._keys, list(map(str, article_ids))
        with transient_errors():
            pipe = self._client.pipeline(transaction=True)
            pipe.delete(*map(keys.tagging, article_ids), *(keys.deliveries("article", each) for each in article_ids))
            for due in (keys.due(Work.TAG), keys.due(Work.RETAG), keys.embargoes()):
                pipe.zrem(due, *names)
            pipe.hdel(keys.taggings(), *names)
            pipe.srem(keys.accepted(), *names)
            pipe.hdel(keys.released(), *names)
            pipe.execute()
            self._index.lists.remove_terms([term_name("article", each) for each in article_ids])

    def report(self, removal: Removal) -> None:
        """Write the event and count the batch; see ``Retention.report``."""
        now, key = self._clock.now(), self._keys.retention()
        with transient_errors():
            pipe = self._client.pipeline(transaction=True)
            event: Any = {"json": pack_event(removal.kind, now, **removal_fields(removal))}
            pipe.xadd(self._keys.events(), event, maxlen=EVENTS_KEPT, approximate=True)
            kind = "original_" if removal.originals else ""
            fields: list[str | int] = [f"{kind}removed_at", milliseconds(now), f"{kind}why", removal.why]
            if removal.shortage:
                fields += [f"{removal.shortage}_at", milliseconds(now)]
            pipe.hset(key, items=fields)
            pipe.hincrby(key, "articles", len(removal.article_ids))
            pipe.hincrby(key, "deliveries", len(removal.delivery_ids))
            pipe.hincrby(key, "originals", removal.originals)
            pipe.execute()

    def note_run(self) -> None:
        """Record the time of the run; see ``Retention.note_run``."""
        now = self._clock.now()
        hold = self.totals().hold(now)
        fields: list[str | int] = ["run_at", milliseconds(now)]
        if hold:
            fields += ["held_at", milliseconds(hold.at), "held_since_at", milliseconds(hold.since)]
        with transient_errors():
            self._client.hset(self._keys.retention(), items=fields)

    def totals(self) -> RetentionTotals:
        """Return what was removed; see ``Retention.totals``."""
        with transient_errors():
            stored: Any = self._client.hgetall(self._keys.retention())
        found = {text(name): text(value) for name, value in stored.items()}
        times = {name: from_milliseconds(int(each)) for name, each in found.items() if name.endswith("_at")}
        # An earlier release records only the last removal.
        if found.get("why") == MEMORY:
            times["memory_at"] = times["removed_at"]
        if found.get("original_why") == DISK:
            times["disk_at"] = times["original_removed_at"]
        return RetentionTotals(
            last_run_at=times.get("run_at"),
            last_removed_at=times.get("removed_at"),
            last_removed_why=found.get("why"),
            articles_removed=int(found.get("articles", 0)),
            deliveries_removed=int(found.get("deliveries", 0)),
            last_original_removed_at=times.get("original_removed_at"),
            last_original_removed_why=found.get("original_why"),
            originals_removed=int(found.get("originals", 0)),
            last_removed_for_memory_at=times.get("memory_at"),
            last_removed_for_disk_at=times.get("disk_at"),
            held_at=times.get("held_at"),
            held_since=times.get("held_since_at"),
        )

    def _ids(self, after: DeliveryId | None, before: datetime | None, limit: int) -> list[DeliveryId]:
        found = self._index.oldest(after=after, limit=limit)
        return found if before is None else [each for each in found if each < lowest_id(before)]

    def _readable(self, ids: Sequence[DeliveryId]) -> list[Delivery]:
        """Return the deliveries that this release can read: one that a newer release wrote hides no others."""
        found = list[Delivery]()
        for each, record in self._records(ids):
            with suppress(NewerRecordError):
                found.append(read_delivery(each, record))
        return found

    def _load(self, ids: Sequence[DeliveryId]) -> list[Delivery]:
        return [read_delivery(each, record) for each, record in self._records(ids)]

    def _records(self, ids: Sequence[DeliveryId]) -> list[tuple[DeliveryId, dict[bytes, bytes]]]:
        pipe = self._client.pipeline(transaction=False)
        for each in ids:
            pipe.hgetall(self._keys.delivery(each))
        return [(each, record) for each, record in zip(ids, pipe.execute(), strict=True) if record]
