"""When nobody writes to a file any more: nothing about it has changed for a while, as seen by ourselves.

A file's own times do not count: copies keep old ones, clocks differ, and a slow writer may pause.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from copytaster_watcher.discovery.scan import Found


@dataclass(frozen=True, slots=True)
class _Seen:
    found: Found
    since: datetime


class StabilityTracker:
    """Remembers since when each file has looked the same; forgets files that are gone."""

    def __init__(self, settle: timedelta) -> None:
        self._settle = settle
        self._seen: dict[str, _Seen] = {}

    def observe(self, files: Mapping[str, Found], now: datetime) -> dict[str, timedelta]:
        """Take note of a scan and return the stable files with how long each has been quiet."""
        self._seen = {path: self._since(path, found, now) for path, found in files.items()}
        quiet = {path: now - seen.since for path, seen in self._seen.items()}
        return {path: time for path, time in quiet.items() if time >= self._settle}

    def next_stable(self, now: datetime) -> timedelta | None:
        """Return how long until the next file may be stable; None when no file is on the way."""
        waits = [self._settle - (now - seen.since) for seen in self._seen.values()]
        return min((wait for wait in waits if wait > timedelta(0)), default=None)

    def _since(self, path: str, found: Found, now: datetime) -> _Seen:
        before = self._seen.get(path)
        # A clock that was set back must not make a file wait for the difference.
        if before is None or before.found != found or before.since > now:
            return _Seen(found, now)
        return before
