"""How many files a source sends in each hour of the week."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import NamedTuple

HOUR = 3_600.0
"""Seconds of an hour."""

SLOTS = 168
"""Hours of a week."""

WEIGHT = 0.15
"""Weight of the newest week once six are known: a source that changes its hours is followed within some weeks, and one
holiday changes the expectation by less than a sixth."""

MOST_RATE = 60_000.0
"""Files in an hour that are distinguished: what a number of 16 bits holds."""

SHIFTS = (-HOUR, 0.0, HOUR)
"""Clocks that are compared: the hours are those of UTC, and daylight saving moves a source by one of them."""


class Moved(NamedTuple):
    """A time from ``start`` to ``end`` in which a source sends as it does ``by`` seconds later."""

    start: float
    end: float
    by: float


@dataclass(slots=True)
class WeeklyProfile:
    """The usual number of files in each hour of the week, and the number of hours from which it was learned."""

    rates: list[float] = field(default_factory=lambda: [0.0] * SLOTS)
    hours: int = 0
    _sums: Sequence[float] = field(default=(), init=False, repr=False, compare=False)

    def learn(self, hour: int, count: int) -> None:
        """Take in the number of files of one hour, whose number since 1970 is ``hour``."""
        weight = max(1 / (self.hours // SLOTS + 1), WEIGHT)
        slot = hour % SLOTS
        self.rates[slot] += weight * (min(count, MOST_RATE) - self.rates[slot])
        self.hours += 1
        self._sums = ()

    def expected(self, start: float, end: float) -> float:
        """Return how many files are usual between two times. Cost: independent of the times."""
        return self._until(end) - self._until(start)

    def silence(self, start: float, end: float, holidays: Sequence[Moved] = ()) -> float:
        """Return how many files are usual between two times, on that of the clocks for which there are least."""
        if end <= start:
            return 0.0
        return max(min(self._on_clock(each, start, end, holidays) for each in SHIFTS), 0.0)

    def _on_clock(self, shift: float, start: float, end: float, holidays: Sequence[Moved]) -> float:
        files = self.expected(start + shift, end + shift)
        for each in holidays:
            first, last = max(each.start, start) + shift, min(each.end, end) + shift
            if first < last:
                files += self.expected(first + each.by, last + each.by) - self.expected(first, last)
        return files

    def _until(self, at: float) -> float:
        """Return the files from 1970 to a time, as if all weeks were the usual one."""
        if not self._sums:
            self._sums = [0.0, *accumulate(self.rates)]
        hour, part = divmod(at, HOUR)
        week, slot = divmod(int(hour), SLOTS)
        return week * self._sums[SLOTS] + self._sums[slot] + part / HOUR * self.rates[slot]
