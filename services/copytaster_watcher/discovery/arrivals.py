"""Remembers how files have arrived: renamed, or written and closed; such files need not wait for the settle time."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from copytaster.clock import Clock
from copytaster_watcher.discovery.changes import Change, Kind

MOVED_WAIT = timedelta(seconds=0.1)
"""How long a renamed file waits. Two renames by one ``mv`` are less than 10 ms apart: a file and its sidecar, or its
``_source.yml``, are found together. So is a change by which a watcher marks the files that it has returned."""

CLOSED_WAIT = timedelta(seconds=0.5)
"""How long a written and closed file waits: programs that write in several steps open it again within this time."""

REMEMBERED = timedelta(seconds=60)
"""Writers that take longer between creating and closing a file are rare, and their files get the settle time. This
limits the memory."""

SHORT_WAITS = {Kind.MOVED_IN: MOVED_WAIT, Kind.CLOSED: CLOSED_WAIT}


@dataclass(frozen=True, slots=True)
class Arrival:
    """The last event of a file that was created, renamed, or closed by its first writer, and when it was read."""

    kind: Kind
    at: datetime

    def remaining(self, quiet: timedelta, now: datetime) -> timedelta | None:
        """Return how long a file that has not changed for ``quiet`` waits before it is judged; None: not shortened."""
        wait = SHORT_WAITS.get(self.kind)
        return None if wait is None else wait - min(quiet, now - self.at)


class Arrivals:
    """The arrivals of the last minute, by path; they are recorded by the thread that reads events.

    An arrival is forgotten when something else happens to the file: a second closing, as by writers that open it again
    for each piece, a change of its permissions or times, or its removal.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._arrivals: dict[str, Arrival] = {}

    def record(self, change: Change, path: str) -> None:
        """Take an event of the file at ``path`` below the inbox into account."""
        now = self._clock.now()
        with self._lock:
            self._expire(now)
            before = self._arrivals.get(path)
            match change.kind:
                case Kind.CREATED | Kind.MOVED_IN:
                    self._put(path, Arrival(change.kind, now))
                case Kind.CLOSED if before and before.kind is Kind.CREATED:
                    self._put(path, Arrival(change.kind, now))
                case Kind.TOUCHED if before and before.kind is Kind.CREATED:
                    pass  # cp sets the times before it closes the file
                case Kind.CLOSED | Kind.TOUCHED | Kind.GONE:
                    self._arrivals.pop(path, None)
                case Kind.LOST:
                    self._arrivals.clear()
                case Kind.FOLDER:
                    pass

    def of(self, path: str) -> Arrival | None:
        """Return how a file has arrived, where that is known."""
        with self._lock:
            return self._arrivals.get(path)

    def forget(self, path: str) -> None:
        """Give a file the settle time."""
        with self._lock:
            self._arrivals.pop(path, None)

    def clear(self) -> None:
        """Forget all arrivals: the events have ended."""
        with self._lock:
            self._arrivals.clear()

    def _put(self, path: str, arrival: Arrival) -> None:
        self._arrivals.pop(path, None)  # the order is that of the last events
        self._arrivals[path] = arrival

    def _expire(self, now: datetime) -> None:
        while self._arrivals:
            path, oldest = next(iter(self._arrivals.items()))
            if timedelta(0) <= now - oldest.at < REMEMBERED:
                return
            del self._arrivals[path]
