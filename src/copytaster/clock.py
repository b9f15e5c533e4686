"""The time, as an argument: everything that decides by time is handed a clock."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time of day."""

    def now(self) -> datetime:
        """Return the present moment, with time zone UTC."""
        ...


class SystemClock:
    """The computer's clock."""

    def now(self) -> datetime:
        """Return the present moment, with time zone UTC."""
        return datetime.fromtimestamp(time.time(), UTC)


class SteadyClock:
    """A clock for durations: it runs on evenly from the moment it was made, whatever the computer's is set to."""

    def __init__(self) -> None:
        self._start = SystemClock().now()
        self._made = time.monotonic()

    def now(self) -> datetime:
        """Return the moment of making plus the time since, with time zone UTC."""
        return self._start + timedelta(seconds=time.monotonic() - self._made)


class ManualClock:
    """A clock that stands still until it is moved: the fake that tests of time hand in."""

    def __init__(self, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self._now = start

    def now(self) -> datetime:
        """Return the moment it was set to, with time zone UTC."""
        return self._now

    def advance(self, *, seconds: float) -> None:
        """Move the time on by ``seconds`` (also below one, also backwards)."""
        self._now += timedelta(seconds=seconds)


def milliseconds(moment: datetime) -> int:
    """Return a moment as whole milliseconds since 1970-01-01 UTC, the unit of all times in keys and scripts."""
    return int(moment.timestamp() * 1000)
