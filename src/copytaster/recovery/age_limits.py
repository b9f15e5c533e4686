"""Which deliveries are too old to be replayed, so that a replay does not bring back what the retention removed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from copytaster.archive.daily_lines import day_of
from copytaster.archive.expired_days import ExpiredDays
from copytaster.archive.journal import JournalEntry
from copytaster.archive.retention_limit import RetentionLimits


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeLimits:
    """The ages of articles and deliveries at which they are removed; None is never."""

    articles: timedelta | None
    deliveries: timedelta | None
    limits: RetentionLimits
    expired: ExpiredDays

    def replayed_since(self, now: datetime, *, emptied: bool) -> datetime | None:
        """Return the time of receipt from which on deliveries are replayed; None if all are.

        An emptied server lacks every delivery, and gets those whose articles it may keep; so does one with data from a
        backup, for the time since then. Another one lacks the older deliveries because they were removed. What was
        removed for memory is not replayed in any case.
        """
        age = self.articles if emptied else self.deliveries
        known = (now - age if age else None, self.limits.read())
        return max((each for each in known if each), default=None)

    def has_original(self) -> Callable[[JournalEntry], bool]:
        """Return a function that says whether the retention has left the original of an entry in the archive."""
        days, kept = self.expired.days(), dict[str, frozenset[str]]()

        def is_left(entry: JournalEntry) -> bool:
            day = day_of(entry.received_at)
            if day in days and day not in kept:
                record = self.expired.read(day)
                kept[day] = frozenset(record.kept if record else ())
            return day not in days or entry.sha256 in kept[day]

        return is_left
