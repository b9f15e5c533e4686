"""The source statistics on the server."""

from __future__ import annotations

from datetime import timedelta
from statistics import median
from typing import Any

from redis import Redis

from copytaster.clock import Clock, milliseconds
from copytaster.store.keys import Keys
from copytaster.store.ports.source_statistics import (
    COUNTED_FOR,
    LEADS_KEPT,
    MAX_SOURCES,
    OTHERS,
    UNKNOWN,
    SourceCounts,
)
from copytaster.store.redis.client import script, text, transient_errors


class RedisSourceStatistics:
    """Implements ``SourceStatistics``."""

    def __init__(self, client: Redis, keys: Keys, clock: Clock) -> None:
        self._client = client
        self._keys = keys
        self._clock = clock
        self._count = script(client, "count_item")

    def count_first(self, item: str, source: str | None) -> None:
        """Count an article; see ``SourceStatistics.count_first``."""
        self._run(item, [], [source or UNKNOWN])

    def count_copy(self, item: str, source: str | None, *, of: str | None, lead: timedelta) -> None:
        """Count a copy; see ``SourceStatistics.count_copy``."""
        leader = of or UNKNOWN
        leads = [self._keys.source_leads(leader), self._keys.source_leads(OTHERS)]
        self._run(item, leads, [source or UNKNOWN, leader, lead.total_seconds()])

    def counts(self) -> list[SourceCounts]:
        """Return the counts; see ``SourceStatistics.counts``."""
        with transient_errors():
            counts: Any = self._client.hgetall(self._keys.source_statistics())
            fields = {text(name): int(count) for name, count in counts.items()}
            names = [name.removeprefix("is:") for name in fields if name.startswith("is:")] + [OTHERS]
            pipe = self._client.pipeline(transaction=False)
            for name in names:
                pipe.lrange(self._keys.source_leads(name), 0, -1)
            leads = pipe.execute()
        counted = [
            SourceCounts(
                source=name,
                first=fields.get(f"first:{name}", 0),
                duplicates=fields.get(f"copies:{name}", 0),
                median_lead_seconds=median(map(float, lead)) if lead else None,
            )
            for name, lead in zip(names, leads, strict=True)
        ]
        sources = (each for each in counted if each.first or each.duplicates or each.median_lead_seconds is not None)
        return sorted(sources, key=lambda each: (-each.first - each.duplicates, each.source))

    def _run(self, item: str, leads: list[str], sources: list[str | float]) -> None:
        now = self._clock.now()
        limits: list[str | int] = [item, milliseconds(now), milliseconds(now - COUNTED_FOR)]
        limits += [MAX_SOURCES, OTHERS, LEADS_KEPT]
        with transient_errors():
            self._count(
                keys=[self._keys.source_statistics(), self._keys.items_counted(), *leads], args=[*limits, *sources]
            )
