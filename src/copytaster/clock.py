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
