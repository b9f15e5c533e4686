"""The lane of a new file: live, or backfill."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from copytaster.model.work import Work

BACKFILL_FOLDER = "_backfill"
"""Files in this folder of the inbox are backfill whatever their age; the folder below it names the source."""


@dataclass(frozen=True, slots=True)
class LaneRule:
    """A file whose last change is older than ``older_than`` is backfill.

    Copies and archives keep old modification times, so a live file may be classified as backfill. The only effect is
    that it waits until the live files are done.
    """

    older_than: timedelta = timedelta(days=7)

    def lane_of(self, path: str, modified: float, now: datetime) -> Work:
        """Return the lane of a file, by its path below the inbox and its modification time in seconds since 1970."""
        if path.startswith(f"{BACKFILL_FOLDER}/"):
            return Work.BACKFILL
        return Work.BACKFILL if now.timestamp() - modified > self.older_than.total_seconds() else Work.INGEST
