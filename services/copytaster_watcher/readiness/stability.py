"""Decides when a file is stable: scans have seen no change of it for some time.

Files that were renamed, or written and closed, are judged earlier (see ``Writers``). A file's own
timestamps are not used: copies keep old ones, clocks differ, and a slow writer may pause.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from copytaster_watcher.discovery.arrivals import Arrivals
from copytaster_watcher.discovery.scan import InboxFile


@dataclass(frozen=True, slots=True)
class _Seen:
    found: InboxFile
    since: datetime


class StabilityTracker:
    """Keeps the time since when each file has not changed; forgets files that no longer exist."""

    def __init__(self, settle: timedelta, arrivals: Arrivals) -> None:
        self._settle = settle
        self._arrivals = arrivals
        self._seen: dict[str, _Seen] = {}

    def observe(self, files: Mapping[str, InboxFile], now: datetime) -> dict[str, timedelta]:
        """Compare a scan with the last one; return the stable files, and those to judge earlier.

        Each has the time for which it has not changed.
        """
        self._seen = {path: self._since(path, found, now) for path, found in files.items()}
        waits = ((path, seen, self._wait(path, seen, now)) for path, seen in self._seen.items())
        # Many files were first seen by the same scan, and share the value.
        quiet = {since: now - since for since in {seen.since for seen in self._seen.values()}}
        return {path: quiet[seen.since] for path, seen, wait in waits if wait <= timedelta(0)}

    def next_stable(self, now: datetime) -> timedelta | None:
        """Return the time until the next file is to be judged; None if no file is waiting for that."""
        waits = (self._wait(path, seen, now) for path, seen in self._seen.items())
        return min((wait for wait in waits if wait > timedelta(0)), default=None)

    def _wait(self, path: str, seen: _Seen, now: datetime) -> timedelta:
        """Return how long a file waits; 0 or less if it is to be judged."""
        quiet = now - seen.since
        rest = self._settle - quiet
        if rest <= timedelta(0) or not (arrival := self._arrivals.of(path)):
            return rest
        wait = arrival.remaining(quiet, now)
        return rest if wait is None else min(rest, wait)

    def _since(self, path: str, found: InboxFile, now: datetime) -> _Seen:
        before = self._seen.get(path)
        # After a clock was set back, a file must not wait for the difference.
        if before is None or before.found != found or before.since > now:
            return _Seen(found, now)
        return before
