"""Which deliveries are too old to be replayed, so that a replay does not bring back what the retention removed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from copytaster.archive.daily_lines import day_of
from copytaster.archive.expired_days import ExpiredDay, ExpiredDays
from copytaster.archive.journal import JournalEntry
from copytaster.archive.old_files import OldFilesList
from copytaster.archive.originals import StoredOriginals
from copytaster.archive.retention_limit import RetentionLimits


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeLimits:
    """The ages of articles and deliveries at which they are removed; None is never. ``originals`` are what is left.

    ``old_files`` lists what stored articles need of the older files.
    """

    articles: timedelta | None
    deliveries: timedelta | None
    limits: RetentionLimits
    expired: ExpiredDays
    originals: StoredOriginals
    old_files: OldFilesList

    def replayed_since(self, now: datetime, *, emptied: bool) -> datetime | None:
        """Return the time of receipt from which on deliveries are replayed; None if all are.

        An emptied server lacks every delivery, and gets those whose articles it may keep; so does one with data from a
        backup, for the time since then. Another one lacks the older deliveries because they were removed. What was
        removed for memory is not replayed in any case.
        """
        age = self.articles if emptied else self.deliveries
        known = (now - age if age else None, self.limits.read())
        return max((each for each in known if each), default=None)

    def needed_at_any_age(self) -> frozenset[str]:
        """Return the sha256 of the files that an emptied server needs however old they are; see ``OldFiles``."""
        found = self.old_files.read()
        return found.all if found else frozenset()

    def has_original(self) -> Callable[[JournalEntry], bool]:
        """Return a function that says whether the retention has left the original of an entry in the archive.

        Which originals of a day are kept is in the record of the day. If that has changed, the archive tells: an
        original that nobody replays would be lost without a word. Cost: a look for each delivery of such a day.
        """
        days, records = self.expired.days(), dict[str, ExpiredDay | None]()

        def is_left(entry: JournalEntry) -> bool:
            day = day_of(entry.received_at)
            if day not in days:
                return True
            if day not in records:
                records[day] = self.expired.read(day)
            record = records[day]
            if entry.sha256 is None or record is None:
                return False
            if record.is_damaged:
                return self.originals.stored_at(entry.sha256) is not None
            return entry.sha256 in record.kept

        return is_left
