"""Reads the time at the beginning of a statement: day, hour and zone in any order, in four languages.

Where the words leave a choice, the latest moment is returned, so that nothing is published too early. Where they leave
the day open, no moment is returned.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone

from copytaster.parsing.release_terms.time_words import (
    ABBREVIATIONS,
    CITIES,
    FARTHEST_WEST,
    FILLERS,
    MONTHS,
    US_ZONES,
    WEEKDAYS,
    latest_offset,
)

NEAR = timedelta(days=183)
"""A date without a year is the next one if it is at most half a year away; else it may be a past one."""

_LEAP_CYCLE = 4
"""Years from a 29 February to the next one."""

_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_DAY = r"(?P<day>0?[1-9]|[12]\d|3[01])"
_ZONE_WORD = "|".join(ABBREVIATIONS)
_NO_CLOCK = rf"(?![:.h]\d|\d|\s*(?:hrs?|hours|uhr|h|{_ZONE_WORD})\b)"
"""After a year: 2030 in ``5 DEC 2030 GMT`` is an hour."""
_YEAR = rf"(?P<year>20\d\d){_NO_CLOCK}"
_SHORT_YEAR = rf"(?P<year>20\d\d|\d\d){_NO_CLOCK}"
_HALF = r"(?P<half>[ap])\.? ?m\b\.?"
_UNIT = r"(?:hrs?|hours?|uhr|heures?|horas?|h|o['\u2019]clock)\b"
_HOUR = r"(?P<hour>[01]?\d|2[0-4])"
_MINUTE = r"(?P<minute>[0-5]\d)"

_DATES = (
    r"(?P<year>20\d\d)([-/]?)(?P<month>0[1-9]|1[0-2])\2(?P<day>0[1-9]|[12]\d|3[01])(?=T|\D|$)",
    rf"{_DAY}(?:st|nd|rd|th|er|º|\.)?,?\s*(?:of |de |d['\u2019])?(?P<name>{_MONTH})\b\.?,?(?:\s*(?:de |del )?{_YEAR})?",
    rf"(?P<name>{_MONTH})\b\.?\s*{_DAY}(?:st|nd|rd|th)?(?![\d:h]|\.\d)(?:,?\s*{_YEAR})?",
    rf"{_DAY}\.\s?(?P<month>0?[1-9]|1[0-2])\.(?:\s?{_SHORT_YEAR})?",
    rf"(?P<one>\d\d?)([/-])(?P<other>\d\d?)(?:\2{_SHORT_YEAR})?(?![\d/])",
)
_CLOCKS = (
    rf"T?{_HOUR}[:.]{_MINUTE}(?::[0-5]\d)?(?!\d)(?: ?(?:{_HALF}|(?P<unit>{_UNIT})))?",
    rf"(?P<hour>\d\d?) ?{_HALF}",
    rf"{_HOUR} ?(?P<unit>h|uhr|heures?) ?{_MINUTE}\b",
    rf"{_HOUR} ?(?P<unit>{_UNIT})",
    rf"T?(?P<hour>[01]\d|2[0-4]){_MINUTE}(?=\s*(?P<unit>{_UNIT}|(?:{_ZONE_WORD})\b|[+-]\d))",
    rf"T?(?P<hour>[01]\d){_MINUTE}(?!\d)(?P<unit>)",
    r"(?:12 ?)?(?P<noon>noon|midday|mittags?|midi|mediod[ií]a)\b",
    r"(?:12 ?)?(?P<midnight>midnight|mitternacht|minuit|medianoche)\b",
)
_ZONES = (
    r"(?:gmt|utc)? ?(?P<sign>[+\u2212-])(?P<hours>\d\d?)(?::?(?P<minutes>\d\d))?(?![\d:.]|\s*[^\W\d_]{3})",
    rf"(?P<zone>{_ZONE_WORD})\b",
    rf"(?:u\.?s\.? )?(?P<zone>{'|'.join(US_ZONES)})(?: (?:standard|daylight))?(?: time)?\b",
    rf"(?P<zone>{'|'.join(CITIES)}) time\b",
    rf"(?:heure|hora|time) (?:de |in )?(?P<zone>{'|'.join(CITIES)}|peninsular)(?: española)?\b",
)
_WEEKDAY = rf"(?P<weekday>{'|'.join(sorted(WEEKDAYS, key=len, reverse=True))})\b\.?"
_FILLER = rf"(?:{'|'.join(FILLERS)})\b\.?(?!['\u2019])"
_BETWEEN = re.compile(r"[\s,;()/\u2013\u2014|-]*")


def _all(patterns: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in patterns)


@dataclass(frozen=True, slots=True)
class TimeReading:
    """The time at the beginning of a text: the moment, else why there is none, and where the time ends.

    ``end`` is 0 if the text does not begin with a time. ``is_zoned`` says that the zone was printed; ``has_clock``
    that the hour was.
    """

    end: int
    at: datetime | None = None
    why: str = ""
    is_zoned: bool = False
    has_clock: bool = False
    has_day: bool = False


@dataclass(slots=True)
class _Clock:
    minutes: int
    offset: Callable[[datetime], timedelta] | None = None


@dataclass(slots=True)
class _Parts:
    """The parts of a time in the order of the text."""

    days: list[tuple[int | None, int, int]] = field(default_factory=list)
    clocks: list[_Clock] = field(default_factory=list)
    weekdays: set[int] = field(default_factory=set)
    zone: Callable[[datetime], timedelta] | None = None
    fault: str = ""

    def add_day(self, match: re.Match[str]) -> None:
        groups = match.groupdict()
        year = int(groups["year"]) if groups.get("year") else None
        if year is not None and year < 100:  # noqa: PLR2004 - two digits
            year += 2000
        if groups.get("one"):
            one, other = int(groups["one"]), int(groups["other"])
            if one <= 12 and other <= 12 and one != other:  # noqa: PLR2004 - months
                self.fault = "day and month may be exchanged"
            day, month = (other, one) if other > 12 else (one, other)  # noqa: PLR2004
        else:
            day = int(groups["day"])
            month = MONTHS[groups["name"].lower()] if groups.get("name") else int(groups["month"])
        self.days.append((year, month, day))

    def add_clock(self, match: re.Match[str]) -> None:
        groups = match.groupdict()
        if groups.get("noon") or groups.get("midnight"):
            # Midnight on a day may be its beginning or its end; the end is the later one.
            self.clocks.append(_Clock(12 * 60 if groups.get("noon") else 24 * 60))
            return
        hour, minute, half = int(groups["hour"]), int(groups.get("minute") or 0), groups.get("half")
        if (half and not 1 <= hour <= 12) or hour * 60 + minute > 24 * 60:  # noqa: PLR2004 - hours
            self.fault = "there is no such hour"
        if half:
            hour = hour % 12 + (12 if half.lower() == "p" else 0)
        elif groups.get("unit") is None and len(groups["hour"]) == 1 and hour > 0:
            hour += 12  # 9:00 may be in the morning or in the evening
        self.clocks.append(_Clock(hour * 60 + minute))

    def add_zone(self, match: re.Match[str]) -> None:
        groups = match.groupdict()
        if name := groups.get("zone"):
            zone = name.lower()
            self._set_zone(lambda day: latest_offset(zone, day))
            return
        offset = timedelta(hours=int(groups["hours"]), minutes=int(groups["minutes"] or 0))
        if offset > timedelta(hours=14):
            self.fault = "there is no such zone"
            return
        self._set_zone(lambda _: offset if match["sign"] == "+" else -offset)

    def _set_zone(self, zone: Callable[[datetime], timedelta]) -> None:
        if self.clocks and self.clocks[-1].offset is None:
            self.clocks[-1].offset = zone
        else:
            self.zone = zone

    def add_weekday(self, match: re.Match[str]) -> None:
        self.weekdays.add(WEEKDAYS[match["weekday"].lower()])


_READERS = (
    *((pattern, _Parts.add_day) for pattern in _all(_DATES)),
    *((pattern, _Parts.add_clock) for pattern in _all(_CLOCKS)),
    *((pattern, _Parts.add_zone) for pattern in _all(_ZONES)),
    *((pattern, _Parts.add_weekday) for pattern in _all((_WEEKDAY,))),
)
_FILLERS = re.compile(_FILLER, re.IGNORECASE)


def read_release_time(text: str, *, now: datetime, whole_day: bool) -> TimeReading:
    """Return the time at the beginning of ``text``.

    A day without an hour ends at its end if ``whole_day``, else at its beginning. A time without a zone is that of the
    place on earth where it is latest.
    """
    parts, end = _scan(text)
    if not (parts.days or parts.clocks or parts.weekdays):
        return TimeReading(0)
    zoned = all(clock.offset or parts.zone for clock in parts.clocks) and bool(parts.clocks)
    has_day, has_clock = bool(parts.days), bool(parts.clocks)
    try:
        at, why = _moment(parts, now, whole_day=whole_day)
    except (ValueError, OverflowError):
        at, why = None, "there is no such day"
    return TimeReading(end, at, why, zoned, has_clock, has_day)


def has_time(text: str) -> bool:
    """Say whether a day or an hour is anywhere in ``text``."""
    return any(_starts_time(text, match.start()) for match in re.finditer(r"(?<!\w)\w", text))


def _starts_time(text: str, at: int) -> bool:
    parts, _ = _scan(text[at : at + 40])
    return bool(parts.days or parts.clocks)


def _scan(text: str) -> tuple[_Parts, int]:
    """Return the parts of the time at the beginning of a text, and the end of the last one."""
    parts, at, end = _Parts(), 0, 0
    while at < len(text):
        match = _BETWEEN.match(text, at)
        start = match.end() if match else at
        found = next(((m, add) for pattern, add in _READERS if (m := pattern.match(text, start))), None)
        if found and (end or not text[start - 1 : start].isalnum()):
            found[1](parts, found[0])
            at = end = found[0].end()
        elif filler := _FILLERS.match(text, start):
            at = filler.end()
            end = at if end and text[filler.start() : at].lower().rstrip(".") in _UNITS else end
        else:
            break
    return parts, end


_UNITS = frozenset(["hrs", "hr", "hours", "hour", "uhr", "h", "heures", "heure", "horas", "hora", "time", "sharp"])
"""Fillers that belong to the time before them."""


def _moment(parts: _Parts, now: datetime, *, whole_day: bool) -> tuple[datetime | None, str]:
    days = set(parts.days)
    if parts.fault:
        return None, parts.fault
    if len(days) != 1:
        return None, "it has more than one day" if days else "it has no date"
    day, why = _dated(*days.pop(), parts.weekdays, now)
    if day is None:
        return None, why
    clocks = parts.clocks or [_Clock(24 * 60 if whole_day else 0)]
    return max(_instant(day, clock, clock.offset or parts.zone) for clock in clocks), ""


def _dated(year: int | None, month: int, day: int, weekdays: set[int], now: datetime) -> tuple[datetime | None, str]:
    if year is not None:
        dated = datetime(year, month, day)  # noqa: DTZ001 - local, its zone follows
        agrees = not weekdays or weekdays == {dated.weekday()}
        return (dated, "") if agrees else (None, "day and weekday differ")
    today = now.replace(tzinfo=None) - timedelta(days=1)
    dated = _next(month, day, today)
    if dated - today > NEAR:
        return None, "it has no year, and the day may be a past one"
    agrees = not weekdays or weekdays == {dated.weekday()}
    return (dated, "") if agrees else (None, "it has no year, and day and weekday differ")


def _next(month: int, day: int, today: datetime) -> datetime:
    """Return the next such day from today on. Raises ``ValueError`` if there is none in any year."""
    years = range(today.year, today.year + _LEAP_CYCLE + 1)
    dates = (datetime(year, month, day) for year in years if day <= monthrange(year, month)[1])  # noqa: DTZ001 - local
    return next(filter(today.__le__, dates), None) or datetime(today.year, month, day)  # noqa: DTZ001 - raises


def _instant(day: datetime, clock: _Clock, zone: Callable[[datetime], timedelta] | None) -> datetime:
    local = day + timedelta(minutes=clock.minutes)
    offset = zone(local) if zone else FARTHEST_WEST
    return local.replace(tzinfo=timezone(offset)).astimezone(UTC)
