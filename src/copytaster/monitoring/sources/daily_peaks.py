"""The highest value of a measure on each of the last days, and the limit above which a value is unusual."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import inf

DAYS = 28
"""Days that are remembered: four of each weekday. A fault of a few days among them hardly moves the quantiles."""

FEWEST = 6
"""Days that are needed for a limit."""

REACH = 4.4
"""Distance of the limit from the median, in units of the distance between the median and the eighth decile.

The highest of many values of one day have nearly a Gumbel distribution; this is its quantile of one day in 200.
"""

MARGIN = 1.25
"""The limit is at least this multiple of the eighth decile: the estimate from few days is uncertain."""

REPEATED = 1.1
"""The limit is at least this multiple of the second highest peak: what has happened twice in four weeks is usual."""


@dataclass(slots=True)
class DailyPeaks:
    """The peaks of the last days on which there was a value; the last one is that of ``day`` and may still rise."""

    day: int = 0
    peaks: deque[float] = field(default_factory=lambda: deque(maxlen=DAYS))

    def note(self, day: int, value: float) -> None:
        """Take in a value of a day; an earlier day counts as the present one."""
        if not self.peaks or day > self.day:
            self.day = day
            self.peaks.append(value)
        elif value > self.peaks[-1]:
            self.peaks[-1] = value

    def limit(self, day: int, *, least: float, reach: float = REACH) -> float:
        """Return the highest value that is usual, at least ``least``, by the days before ``day``; inf if unknown."""
        known = list(self.peaks)[:-1] if self.peaks and self.day >= day else self.peaks
        if len(known) < FEWEST:
            return inf
        ordered = sorted(known)
        middle, high = _quantile(ordered, 0.5), _quantile(ordered, 0.8)
        return max(least, middle + reach * (high - middle), MARGIN * high, REPEATED * ordered[-2])


def _quantile(ordered: list[float], share: float) -> float:
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def peaks_of(values: Iterable[float], day: int) -> DailyPeaks:
    """Return peaks as they were stored."""
    return DailyPeaks(day, deque(values, maxlen=DAYS))
