"""Which lane a file goes into when it arrives: live, or behind the live ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from copytaster.model.work import Work

BACKFILL_FOLDER = "_backfill"
"""What lies in this folder of the inbox is backfill, whatever its age; the folder below it names the source."""


@dataclass(frozen=True, slots=True)
class LaneRule:
    """A file that was last changed longer ago than ``older_than`` is backfill.

    Copies and archives keep old times, so that a live file may be taken for an old one. It then waits while live ones
    are at work, and nothing else is different for it.
    """

    older_than: timedelta = timedelta(days=7)

    def lane_of(self, path: str, modified: float, now: datetime) -> Work:
        """Return the lane for a file: its path below the inbox, its time of change in seconds since 1970."""
        if path.startswith(f"{BACKFILL_FOLDER}/"):
            return Work.BACKFILL
        return Work.BACKFILL if now.timestamp() - modified > self.older_than.total_seconds() else Work.INGEST
