"""Clocks: code that depends on the time gets a clock as an argument."""

from __future__ import annotations

import math
import time
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """A source of the time of day."""

    def now(self) -> datetime:
        """Return the present time in UTC."""
        ...


class SystemClock:
    """The system's clock."""

    def now(self) -> datetime:
        """Return the present time in UTC."""
        return datetime.fromtimestamp(time.time(), UTC)


class MonotonicClock:
    """A clock for durations: it starts at the system's time and does not follow later changes of the system's clock."""

    def __init__(self) -> None:
        self._start = SystemClock().now()
        self._monotonic_start = time.monotonic()

    def now(self) -> datetime:
        """Return the time of creation plus the time elapsed since, in UTC."""
        return self._start + timedelta(seconds=time.monotonic() - self._monotonic_start)


class ManualClock:
    """A clock that only moves when it is advanced, for tests."""

    def __init__(self, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self._now = start

    def now(self) -> datetime:
        """Return the time that was set, in UTC."""
        return self._now

    def advance(self, *, seconds: float) -> None:
        """Move the clock by ``seconds``, which may be fractional or negative."""
        self._now += timedelta(seconds=seconds)


class Interval:
    """Limits how often something is done, by a clock that may be set back: then it is done at once."""

    def __init__(self, length: timedelta) -> None:
        self._length = length
        self._last: datetime | None = None

    def has_passed(self, now: datetime) -> bool:
        """Return whether the interval since the last ``True`` has passed; the first call returns ``True``."""
        if not self.is_over(now):
            return False
        self._last = now
        return True

    def is_over(self, now: datetime) -> bool:
        """Return what ``has_passed`` would return, without beginning another interval."""
        return self._last is None or not timedelta(0) < self._last + self._length - now <= self._length


class Deadline:
    """A moment after which work is given up that nobody waits for any more; it counts from its creation."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    @property
    def remaining(self) -> float:
        """The seconds until the moment: infinite after ``lift``, not positive past the moment."""
        return self._end - time.monotonic()

    def lift(self) -> None:
        """Give the work all the time that it needs, in every thread that has the deadline."""
        self._end = math.inf


present_deadline: ContextVar[Deadline | None] = ContextVar("present_deadline", default=None)
"""The deadline of the request that is being handled, in its threads too; None if there is none."""


def milliseconds(value: datetime | timedelta) -> int:
    """Return a time as whole milliseconds since 1970-01-01 UTC, or a duration as whole milliseconds.

    This is the unit of all times and durations in keys and scripts on the server.
    """
    return int(value.timestamp() * 1000) if isinstance(value, datetime) else int(value / timedelta(milliseconds=1))


def from_milliseconds(count: int) -> datetime:
    """Return the time that is ``count`` milliseconds after 1970-01-01 UTC."""
    return datetime.fromtimestamp(count / 1000, UTC)
