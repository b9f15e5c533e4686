"""Retention of the placements in the archive: a day goes when none of its articles is in the store any more.

Any number of processes may do this at once, beside workers and a rebuild.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from copytaster.archive.daily_lines import day_of
from copytaster.archive.placements import Placements
from copytaster.clock import Clock, Interval
from copytaster.model.article import ArticleId
from copytaster.model.batches import batched
from copytaster.store.store import Store

log = structlog.get_logger(__name__)

AT_ONCE = 500
"""Articles looked for in one round trip."""

PASS_EVERY = timedelta(hours=6)
"""Interval between two passes: one more day is old enough each day."""


@dataclass(slots=True, kw_only=True)
class PlacementRetention:
    """Removes placements that are older than ``age`` (None: none are), a day in each step."""

    placements: Placements
    store: Store
    clock: Clock
    age: timedelta | None
    _passes: Interval = field(default_factory=lambda: Interval(PASS_EVERY))
    _days: list[str] = field(default_factory=list)

    def step(self) -> str | None:
        """Examine a day, if one is old enough, and return it if it was removed. Raises ``TransientError``.

        A day with an article that is kept for longer, as a pinned one is, stays as a whole.
        """
        if self.age and not self._days and self._passes.has_passed(self.clock.now()):
            oldest = day_of(self.store.retention.totals().age_time(self.clock.now()) - self.age)
            self._days = [each for each in self.placements.days() if each < oldest]
        if not self._days:
            return None
        day = self._days.pop(0)
        if not self._is_unneeded(day):
            return None
        self.placements.remove(day)
        log.info("retention.placements_removed", day=day)
        return day

    def _is_unneeded(self, day: str) -> bool:
        """Return whether no article of the day is stored; False if the store may not have been able to tell."""
        before = self.store.epoch.read()
        if not before.is_complete:
            return False
        stored = any(self.store.articles.first_receipts(page) for page in self._articles(day))
        after = self.store.epoch.read()
        return not stored and after.is_complete and (after.epoch, after.run) == (before.epoch, before.run)

    def _articles(self, day: str) -> Iterator[list[ArticleId]]:
        placed = (each.article_id for group in self.placements.read(day) for each in group.placements)
        return batched(placed, AT_ONCE)
