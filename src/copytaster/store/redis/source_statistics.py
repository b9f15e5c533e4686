"""The source statistics on the server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from statistics import median
from typing import Any

import xxhash
from redis import Redis
from redis.client import Pipeline

from copytaster.clock import Clock
from copytaster.store.cursor import WrongCursorError
from copytaster.store.keys import Keys
from copytaster.store.ports.source_statistics import (
    COUNTED_FOR,
    LEADS_KEPT,
    MAX_SOURCES,
    OTHERS,
    UNKNOWN,
    SourceCounts,
)
from copytaster.store.redis.client import call, script, send, text, transient_errors

PARTS = 32
"""Sets of the items that were counted on a day. The server stores a set of up to 512 whole numbers in eight bytes each;
so 16,000 items a day take 14 bytes each instead of 77."""


class RedisSourceStatistics:
    """Implements ``SourceStatistics``."""

    def __init__(self, client: Redis, keys: Keys, clock: Clock) -> None:
        self._client = client
        self._keys = keys
        self._clock = clock
        self._count = script(client, "count_item", shared=["rank_sources"])
        self._busiest = script(client, "busiest_sources", shared=["rank_sources"])

    def count_first(self, item: str, source: str | None) -> None:
        """Count an article; see ``SourceStatistics.count_first``."""
        self.count_first_many({item: source})

    def count_first_many(self, sources: Mapping[str, str | None]) -> None:
        """Count articles; see ``SourceStatistics.count_first_many``."""
        self._run([self._item(item, [source or UNKNOWN]) for item, source in sources.items()])

    def count_copy(self, item: str, source: str | None, *, of: str | None, lead: timedelta) -> None:
        """Count a copy; see ``SourceStatistics.count_copy``."""
        leader = of or UNKNOWN
        leads = [self._keys.source_leads(leader), self._keys.source_leads(OTHERS)]
        self._run([self._item(item, [source or UNKNOWN, leader, lead.total_seconds()], leads)])

    def counts(self, *, after: str | None = None, limit: int = MAX_SOURCES + 1) -> list[SourceCounts]:
        """Return the counts; see ``SourceStatistics.counts``."""
        keys = [self._keys.source_statistics(), self._keys.busiest_sources()]
        with transient_errors():
            found: Any = self._busiest(keys=keys, args=[after or "", limit])
            if found is None:
                raise WrongCursorError(f"{after!r} is not a source; use next_cursor of the previous page")
            pipe = self._client.pipeline(transaction=False)
            for name, *_ in found:
                pipe.lrange(self._keys.source_leads(text(name)), 0, LEADS_KEPT - 1)
            leads = pipe.execute()
        return [
            SourceCounts(
                source=text(name),
                first=first,
                duplicates=copies,
                median_lead_seconds=median(map(float, lead)) if lead else None,
            )
            for (name, first, copies), lead in zip(found, leads, strict=True)
        ]

    def copies(self) -> int:
        """Return the number of copies; see ``SourceStatistics.copies``."""
        with transient_errors():
            return int(self._client.hget(self._keys.source_statistics(), "copies") or 0)

    def _item(
        self, item: str, sources: Sequence[str | float], leads: Sequence[str] = ()
    ) -> tuple[list[str], list[str | int | float]]:
        """Return the keys and arguments of ``count_item``."""
        day = int(self._clock.now().timestamp() // COUNTED_FOR.total_seconds())
        number = int.from_bytes(xxhash.xxh3_64_digest(item.encode()), signed=True)
        counted = [self._keys.items_counted(each, number % PARTS) for each in (day, day - 1)]
        limits: list[str | int] = [number, 2 * int(COUNTED_FOR.total_seconds()), MAX_SOURCES, OTHERS, LEADS_KEPT]
        return [self._keys.source_statistics(), *counted, self._keys.busiest_sources(), *leads], [*limits, *sources]

    def _run(self, items: Sequence[tuple[list[str], list[str | int | float]]]) -> None:
        def count_all(pipe: Pipeline) -> None:
            for keys, arguments in items:
                call(pipe, self._count, keys, arguments)

        with transient_errors():
            send(self._client, [self._count], count_all)
