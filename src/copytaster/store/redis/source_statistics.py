"""The source statistics on the server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

import xxhash
from redis import Redis

from copytaster.clock import Clock
from copytaster.store.cursor import WrongCursorError
from copytaster.store.keys import Keys
from copytaster.store.ports.source_statistics import (
    COUNTED_FOR,
    HOUR,
    HOURS,
    LEADS_KEPT,
    MAX_SOURCES,
    OTHERS,
    UNKNOWN,
    SourceActivity,
    SourceCounts,
    SourceFigures,
    hour_of,
)
from copytaster.store.redis.client import script, text, transient_errors

PERIOD = timedelta(hours=4)
"""The time in which counted items are in one set. The server stores a set of up to 512 whole numbers in eight bytes
each, so few items take 14 bytes each instead of 77."""

PERIODS = COUNTED_FOR // PERIOD + 1
"""Sets in which an item may be that is remembered."""


class RedisSourceStatistics:
    """Implements ``SourceStatistics``."""

    def __init__(self, client: Redis, keys: Keys, clock: Clock) -> None:
        self._client = client
        self._keys = keys
        self._clock = clock
        self._count = script(client, "count_items", shared=["rank_sources"])
        self._busiest = script(client, "busiest_sources", shared=["rank_sources"])
        self._named = script(client, "named_sources", shared=["rank_sources"])

    def count_first(self, item: str, source: str | None) -> None:
        """Count an article; see ``SourceStatistics.count_first``."""
        self.count_first_many({item: source})

    def count_first_many(self, sources: Mapping[str, str | None]) -> None:
        """Count articles; see ``SourceStatistics.count_first_many``."""
        if sources:
            self._run({item: source or UNKNOWN for item, source in sources.items()})

    def count_copy(self, item: str, source: str | None, *, of: str | None, lead: timedelta) -> None:
        """Count a copy; see ``SourceStatistics.count_copy``."""
        leader = of or UNKNOWN
        leads = [self._keys.source_leads(leader), self._keys.source_leads(OTHERS)]
        self._run({item: source or UNKNOWN}, leads, [leader, lead.total_seconds()])

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

    def activity(self, sources: Sequence[str]) -> dict[str, SourceActivity]:
        """Return the activity; see ``SourceStatistics.activity``."""
        if not sources:
            return {}
        last = hour_of(self._clock.now())
        with transient_errors():
            pipe = self._client.pipeline(transaction=False)
            pipe.hmget(self._keys.source_statistics(), [f"last:{each}" for each in sources])
            for hour in range(last - HOURS + 1, last + 1):
                pipe.hmget(self._keys.source_hours(hour), list(sources))
            seen, *hours = pipe.execute()
        return {
            source: SourceActivity(
                last_seen_at=None if seen[place] is None else datetime.fromtimestamp(int(seen[place]), UTC),
                hourly=tuple(int(each[place] or 0) for each in hours),
            )
            for place, source in enumerate(sources)
        }

    def figures(self, *, named: int) -> list[SourceFigures]:
        """Return the counts of named sources; see ``SourceStatistics.figures``."""
        keys = [self._keys.source_statistics(), self._keys.busiest_sources(), self._keys.named_sources()]
        with transient_errors():
            found: Any = self._named(keys=keys, args=[named, OTHERS])
        return [SourceFigures(text(name), first, copies) for name, first, copies in found]

    def _run(
        self, sources: Mapping[str, str], leads: Sequence[str] = (), lead: Sequence[str | float] = ("", 0)
    ) -> None:
        period = int(self._clock.now().timestamp() // PERIOD.total_seconds())
        counted = [self._keys.items_counted(period - each) for each in range(PERIODS)]
        seconds = int((COUNTED_FOR + PERIOD).total_seconds())
        now = self._clock.now()
        hour_seconds = int(HOUR.total_seconds()) * (HOURS + 1)
        arguments: list[str | int | float] = [seconds, MAX_SOURCES, OTHERS, LEADS_KEPT, *lead]
        arguments += [int(now.timestamp()), hour_seconds]
        for item, source in sources.items():
            arguments += [int.from_bytes(xxhash.xxh3_64_digest(item.encode()), signed=True), source]
        keys = [self._keys.source_statistics(), self._keys.busiest_sources(), *counted]
        keys += [self._keys.source_hours(hour_of(now)), *leads]
        with transient_errors():
            self._count(keys=keys, args=arguments)
