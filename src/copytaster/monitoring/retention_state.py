"""What the retention has removed, and the age of the oldest article and delivery, for the status."""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import AwareDatetime

from copytaster.store.ports.retention import RetentionTotals
from copytaster.store.store import Store

RECENT = timedelta(hours=1)
"""For this long after the last removal for memory or disk the status names it: a removal comes every few seconds."""


class RetentionState(RetentionTotals):
    """The totals, the last change of the oldest article, and the arrival of the oldest delivery; null without any."""

    oldest_article_at: AwareDatetime | None = None
    oldest_delivery_at: AwareDatetime | None = None

    def notices(self, now: datetime) -> dict[str, str | None]:
        """Return a sentence for each notice about the retention, by its code; null if it does not apply."""
        return {
            "memory_short": self.shortage(now),
            "disk_short": self.disk_shortage(now),
            "clock_moved": self.clock_notice(now),
        }

    def shortage(self, now: datetime) -> str | None:
        """Return a sentence if articles or deliveries were lately removed for the server's memory."""
        if not _is_recent(self.last_removed_for_memory_at, now):
            return None
        oldest = f"{self.oldest_article_at:%Y-%m-%d %H:%M} UTC" if self.oldest_article_at else "none"
        return (
            f"the server's memory is nearly full, so that the oldest articles and deliveries are removed before their"
            f" age; the oldest article is of: {oldest}. Raise maxmemory, or lower COPYTASTER_RETENTION_ARTICLES_DAYS"
        )

    def disk_shortage(self, now: datetime) -> str | None:
        """Return a sentence if originals were lately removed for the archive's disk."""
        if not _is_recent(self.last_removed_for_disk_at, now):
            return None
        return (
            "the archive's disk is nearly full, so that the oldest originals are removed before their age, and a"
            " rebuild would lack their articles. Free some space, or lower COPYTASTER_RETENTION_ORIGINALS_DAYS"
        )

    def clock_notice(self, now: datetime) -> str | None:
        """Return a sentence if nothing is removed by age, because the clock may be wrong."""
        hold = self.hold(now)
        if hold is None:
            return None
        return (
            f"the clock has moved by {(hold.since - hold.at).days} days between two runs of the retention, from"
            f" {hold.at:%Y-%m-%d %H:%M} to {hold.since:%Y-%m-%d %H:%M} UTC: until {hold.until:%Y-%m-%d %H:%M} nothing"
            " is removed by its age. If the watchers did not run between, this is normal; otherwise correct the clock"
            " before then"
        )


def _is_recent(last: datetime | None, now: datetime) -> bool:
    """Return whether a removal was lately; one in the future is of a clock that was set back since."""
    return last is not None and abs(now - last) <= RECENT


def read_retention_state(store: Store) -> RetentionState:
    """Return the state. Raises ``TransientError`` when the server is down. Cost: four round trips."""
    return RetentionState(
        **store.retention.totals().model_dump(),
        oldest_article_at=store.articles.oldest_change(),
        oldest_delivery_at=store.retention.oldest_delivery(),
    )
