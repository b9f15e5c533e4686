"""Simulated calendars: when sources of several kinds send files, with nights, weekends, holidays and saving time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

HOLIDAYS = frozenset(
    {
        *(date(2026, 1, 1), date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 1), date(2026, 5, 14)),
        *(date(2026, 5, 25), date(2026, 8, 15), date(2026, 10, 3), date(2026, 11, 1), date(2026, 12, 25)),
        *(date(2026, 12, 26),),
    }
)
"""Eleven days of a European year on which offices are closed."""

SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Calendar:
    """A kind of source: its name, its zone, and the local times of its files on a day."""

    name: str
    zone: str
    day: Callable[[date, Random], list[datetime]]

    def files(self, first: date, days: int, random: Random) -> list[float]:
        """Return the times of all files of some days, in seconds since 1970, in their order."""
        zone, found = ZoneInfo(self.zone), list[float]()
        for number in range(days):
            local = self.day(first + timedelta(days=number), random)
            found += [each.replace(tzinfo=zone).timestamp() for each in local]
        return sorted(found)


def _at(day: date, hour: float) -> datetime:
    return datetime.combine(day, time()) + timedelta(hours=hour)


def _poisson(day: date, rates: list[float], random: Random) -> Iterator[datetime]:
    """Yield random times by the rate of each hour."""
    for hour, rate in enumerate(rates):
        at = random.expovariate(rate) if rate else 1.0
        while at < 1.0:
            yield _at(day, hour + at)
            at += random.expovariate(rate)


def _is_off(day: date) -> bool:
    return day.weekday() >= SATURDAY or day in HOLIDAYS


def _wire(day: date, random: Random) -> list[datetime]:
    factor = 0.6 if _is_off(day) else 1.0
    return [*_poisson(day, [factor * (30 if 6 <= hour < 22 else 12) for hour in range(24)], random)]


def _desk(day: date, random: Random) -> list[datetime]:
    return [] if _is_off(day) else [*_poisson(day, [6.0 if 7 <= hour < 19 else 0 for hour in range(24)], random)]


def _hourly(day: date, random: Random) -> list[datetime]:
    return [_at(day, hour + random.uniform(3, 7) / 60) for hour in range(24)]


def _daily(day: date, random: Random) -> list[datetime]:
    closed = day.weekday() > SATURDAY or day in HOLIDAYS
    return [] if closed else [_at(day, 6 + random.uniform(-20, 20) / 60)]


def _bursts(day: date, random: Random) -> list[datetime]:
    factor = 0.3 if _is_off(day) else 1.0
    starts = _poisson(day, [factor * (0.8 if 7 <= hour < 23 else 0.05) for hour in range(24)], random)
    return [start + timedelta(seconds=random.uniform(0, 300)) for start in starts for _ in range(random.randint(1, 30))]


def _agency(day: date, random: Random) -> list[datetime]:
    factor = (0.4 if _is_off(day) else 1.0) * random.lognormvariate(0, 0.35)
    hours = [4, 3, 2, 2, 3, 6, 12, 20, 24, 22, 20, 18, 16, 16, 18, 20, 22, 20, 16, 12, 10, 8, 6, 5]
    return [*_poisson(day, [factor * each for each in hours], random)]


def _blog(day: date, random: Random) -> list[datetime]:
    return [*_poisson(day, [0.2 if 9 <= hour < 23 else 0.01 for hour in range(24)], random)]


def _quarter(day: date, random: Random) -> list[datetime]:
    step = 0.5 if _is_off(day) else 0.25
    count = int(18 / step)
    return [_at(day, 5 + number * step + random.uniform(-1, 1) / 60) for number in range(count)]


def _bulk(day: date, random: Random) -> list[datetime]:
    if day.weekday() in {0, 6} or day in HOLIDAYS:
        return []
    start = 2.5 + random.uniform(-0.5, 0.5)
    return [_at(day, start + random.uniform(0, 0.3)) for _ in range(random.randint(200, 400))]


def _sports(day: date, random: Random) -> list[datetime]:
    weekend = day.weekday() >= SATURDAY
    rates = [(12.0 if weekend else 3.0) if 14 <= hour < 24 else 0.3 if hour >= 8 else 0 for hour in range(24)]
    factor = random.lognormvariate(0, 0.4)
    return [*_poisson(day, [factor * each for each in rates], random)]


def _twice(day: date, random: Random) -> list[datetime]:
    return [
        _at(day, hour + random.uniform(-10, 10) / 60)
        for hour in (8, 16)
        if not _is_off(day) and random.random() > 0.03  # skipped now and then
    ]


TUNED = frozenset({"wire", "desk", "hourly", "daily", "bursts", "agency", "quarter-hourly", "twice a day"})
"""Kinds whose false alarms were looked at while rules and constants were chosen; the others only check them."""

CALENDARS = (
    Calendar("wire", "Europe/Berlin", _wire),
    Calendar("desk", "Europe/Berlin", _desk),
    Calendar("hourly", "UTC", _hourly),
    Calendar("daily", "Europe/Berlin", _daily),
    Calendar("bursts", "America/New_York", _bursts),
    Calendar("agency", "America/New_York", _agency),
    Calendar("blog", "Europe/London", _blog),
    Calendar("quarter-hourly", "Europe/Berlin", _quarter),
    Calendar("bulk", "Europe/Berlin", _bulk),
    Calendar("sports", "Europe/London", _sports),
    Calendar("twice a day", "Europe/Berlin", _twice),
)
