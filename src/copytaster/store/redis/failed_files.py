"""The failed files on the server: a sorted set of their deliveries, and counts. The ledger's scripts change them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from redis import Redis

from copytaster.model.delivery import Delivery, DeliveryId
from copytaster.model.disposition import Reason
from copytaster.store.keys import Keys
from copytaster.store.matching import matches_failed
from copytaster.store.ports.failed_files import (
    MAX_SOURCES,
    SCANNED,
    FailedCounts,
    FailedPage,
    FailedQuery,
    ReasonCount,
    SourceCount,
)
from copytaster.store.redis.client import text, transient_errors
from copytaster.store.redis.delivery_records import read_delivery

PAGE = 200
"""Records read in one round trip while a query searches for matches."""


class RedisFailedFiles:
    """Implements ``FailedFiles``."""

    def __init__(self, client: Redis, keys: Keys) -> None:
        self._client = client
        self._keys = keys
        self._failed, self._reasons, self._sources = keys.failed_files()

    def find(self, query: FailedQuery) -> FailedPage:
        """Return a page; see ``FailedFiles.find``."""
        found, position = list[Delivery](), query.after if query.oldest_first else query.before
        with transient_errors():
            for _ in range(SCANNED // PAGE):
                ids = self._ids(query, position)
                for each in self._load(ids):
                    position = each.id
                    found += [each] if matches_failed(each, query) else []
                    if len(found) > query.limit:
                        return FailedPage(tuple(found[: query.limit]), found[query.limit - 1].id)
                if len(ids) < PAGE:
                    return FailedPage(tuple(found), None)
                position = ids[-1]
        return FailedPage(tuple(found), position)

    def counts(self) -> FailedCounts:
        """Return the counts; see ``FailedFiles.counts``."""
        with transient_errors():
            pipe = self._client.pipeline(transaction=True)
            pipe.zcard(self._failed)
            pipe.hgetall(self._reasons)
            pipe.zrange(self._sources, 0, MAX_SOURCES - 1, withscores=True)
            files, reasons, sources = pipe.execute()
        counted = sorted((-int(count), text(reason)) for reason, count in reasons.items() if reason)
        return FailedCounts(
            files=files,
            reasons=tuple(ReasonCount(reason=Reason(each), files=-count) for count, each in counted),
            sources=tuple(SourceCount(source=text(each) or None, files=-int(count)) for each, count in sources),
        )

    def _ids(self, query: FailedQuery, position: DeliveryId | None) -> list[DeliveryId]:
        """Return the next ids behind ``position`` in the order of the query."""
        after = (position if query.oldest_first else None) or query.after
        before = (None if query.oldest_first else position) or query.before
        lowest, highest = f"({after}" if after else "-", f"({before}" if before else "+"
        found: Any
        if query.oldest_first:
            found = self._client.zrangebylex(self._failed, lowest, highest, 0, PAGE)
        else:
            found = self._client.zrevrangebylex(self._failed, highest, lowest, 0, PAGE)
        return [DeliveryId(text(each)) for each in found]

    def _load(self, ids: Sequence[DeliveryId]) -> list[Delivery]:
        pipe = self._client.pipeline(transaction=False)
        for each in ids:
            pipe.hgetall(self._keys.delivery(each))
        return [read_delivery(each, record) for each, record in zip(ids, pipe.execute(), strict=True) if record]
