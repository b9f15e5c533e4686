"""Decides when a file is stable: scans have seen no change of it for some time.

A file's own timestamps are not used: copies keep old ones, clocks differ, and a slow writer may pause.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from copytaster_watcher.discovery.scan import InboxFile


@dataclass(frozen=True, slots=True)
class _Seen:
    found: InboxFile
    since: datetime


class StabilityTracker:
    """Keeps the time since when each file has not changed; forgets files that no longer exist."""

    def __init__(self, settle: timedelta) -> None:
        self._settle = settle
        self._seen: dict[str, _Seen] = {}

    def observe(self, files: Mapping[str, InboxFile], now: datetime) -> dict[str, timedelta]:
        """Compare a scan with the last one; return the stable files with the time for which each has not changed."""
        self._seen = {path: self._since(path, found, now) for path, found in files.items()}
        quiet = {path: now - seen.since for path, seen in self._seen.items()}
        return {path: duration for path, duration in quiet.items() if duration >= self._settle}

    def next_stable(self, now: datetime) -> timedelta | None:
        """Return the time until the next file may be stable; None if no file is waiting for that."""
        waits = [self._settle - (now - seen.since) for seen in self._seen.values()]
        return min((wait for wait in waits if wait > timedelta(0)), default=None)

    def _since(self, path: str, found: InboxFile, now: datetime) -> _Seen:
        before = self._seen.get(path)
        # After a clock was set back, a file must not wait for the difference.
        if before is None or before.found != found or before.since > now:
            return _Seen(found, now)
        return before
