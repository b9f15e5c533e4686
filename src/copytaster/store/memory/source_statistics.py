"""The source statistics in memory."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict, deque
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median

from copytaster.clock import Clock
from copytaster.store.cursor import WrongCursorError
from copytaster.store.ports.source_statistics import (
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


class MemorySourceStatistics:
    """Implements ``SourceStatistics``; counted items are never forgotten."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.RLock()
        self._counted: set[str] = set()
        self._sources: set[str] = {OTHERS}
        self._named: set[str] = set()
        self._first = Counter[str]()
        self._copies = Counter[str]()
        self._last_seen: dict[str, datetime] = {}
        self._hourly = Counter[tuple[str, int]]()
        self._leads = defaultdict[str, deque[float]](lambda: deque(maxlen=LEADS_KEPT))

    def count_first(self, item: str, source: str | None) -> None:
        """Count an article; see ``SourceStatistics.count_first``."""
        with self._lock:
            if self._is_new(item):
                self._first[self._active(source)] += 1

    def count_first_many(self, sources: Mapping[str, str | None]) -> None:
        """Count articles; see ``SourceStatistics.count_first_many``."""
        for item, source in sources.items():
            self.count_first(item, source)

    def count_copy(self, item: str, source: str | None, *, of: str | None, lead: timedelta) -> None:
        """Count a copy; see ``SourceStatistics.count_copy``."""
        with self._lock:
            if not self._is_new(item):
                return
            self._copies[self._active(source)] += 1
            if of != source:
                self._leads[self._counted_as(of)].append(lead.total_seconds())

    def counts(self, *, after: str | None = None, limit: int = MAX_SOURCES + 1) -> list[SourceCounts]:
        """Return the counts; see ``SourceStatistics.counts``."""
        with self._lock:
            counts = [
                SourceCounts(
                    source=each,
                    first=self._first[each],
                    duplicates=self._copies[each],
                    median_lead_seconds=median(self._leads[each]) if each in self._leads else None,
                )
                for each in self._first.keys() | self._copies.keys() | self._leads.keys()
            ]
        counts.sort(key=lambda each: (-each.first - each.duplicates, each.source))
        names = [each.source for each in counts]
        if after is not None and after not in names:
            raise WrongCursorError(f"{after!r} is not a source; use next_cursor of the previous page")
        start = names.index(after) + 1 if after is not None else 0
        return counts[start : start + limit]

    def activity(self, sources: Sequence[str]) -> dict[str, SourceActivity]:
        """Return the activity; see ``SourceStatistics.activity``."""
        last = hour_of(self._clock.now())
        hours = range(last - HOURS + 1, last + 1)
        with self._lock:
            return {
                each: SourceActivity(
                    last_seen_at=self._last_seen.get(each), hourly=tuple(self._hourly[each, hour] for hour in hours)
                )
                for each in sources
            }

    def figures(self, *, named: int) -> list[SourceFigures]:
        """Return the counts of named sources; see ``SourceStatistics.figures``."""
        with self._lock:
            known = self.counts()
            unnamed = [each.source for each in known if each.source not in {OTHERS, *self._named}]
            self._named.update(unnamed[: max(named - len(self._named), 0)])
        figures = [SourceFigures(each.source, each.first, each.duplicates) for each in known]
        rest = [each for each in figures if each.source not in self._named]
        others = SourceFigures(OTHERS, sum(each.first for each in rest), sum(each.copies for each in rest))
        return [*(each for each in figures if each.source in self._named), others]

    def _is_new(self, item: str) -> bool:
        known = item in self._counted
        self._counted.add(item)
        return not known

    def _active(self, source: str | None) -> str:
        """Note that a source has sent an item, and return the name under which it is counted."""
        name, now = self._counted_as(source), self._clock.now()
        self._last_seen[name] = now.replace(microsecond=0)
        self._hourly[name, hour_of(now)] += 1
        return name

    def _counted_as(self, source: str | None) -> str:
        name = source or UNKNOWN
        if name not in self._sources and len(self._sources) > MAX_SOURCES:
            return OTHERS
        self._sources.add(name)
        return name
