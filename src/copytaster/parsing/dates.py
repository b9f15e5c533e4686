"""Parses printed times; a time is returned only if day, month and year are unambiguous."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timezone, tzinfo
from email.utils import parsedate_to_datetime
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from copytaster.parsing.failures import outages_reported

if TYPE_CHECKING:
    from dateparser.date import DateDataParser

EARLIEST_YEAR = 1800
"""Digitised archives of newspapers begin about here; earlier years are broken clocks and default values."""

DATE_PATTERN = (
    r"(?:[A-Z][a-z]{2,8}\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4}|"
    r"\d{1,2}(?:st|nd|rd|th)?\.? [A-Z][a-z]{2,8}\.?,? \d{4}|\d{4}-\d\d-\d\d)"
)
"""Finds a date within a text; ``read_moment`` reads it."""

LONGEST = 100
"""Characters. A date with weekday, zone and the zone's name in full has 85; dateparser's time grows with the length,
to half a second at 2,000 characters of digits and colons."""

_ISO = re.compile(
    r"(\d{4}-\d\d-\d\d|\d{8})"
    r"(?:(?:T| T?(?=\d\d:)|(?<=\d{8})(?=\d{4}))((?:[01]\d|2[0-3])(?::?\d\d(?::?\d\d(?:[.,]\d+)?)?)?))?"
    r" ?(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?",
    re.IGNORECASE,
)
"""The forms of ISO 8601 that name a day, and the compact one without a T. ``datetime.fromisoformat`` alone takes any
character for the T, and so the zone of the day ``2024-05-03-04:00`` for an hour."""

_MAIL = re.compile(
    r"(?:(?P<weekday>[a-z]{3})[a-z]{0,6},? ?)?\d{1,2}[ -][a-z]{3}[ -](?:\d\d(?P<four>\d\d)?) \d{1,2}:\d\d(?::\d\d)?"
    r"(?: (?:[+-]\d{4}|Z|UTC?|GMT|[ECMP][SD]T))?(?: \([^()]*\))?",
    re.IGNORECASE,
)
"""The form of RFC 5322, with the older one of RFC 850. ``email.utils`` reads others too, but drops PM and +02:00."""

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_DATED = re.compile(
    r"(?=.*(?<!\d)(?:1[89]|20)\d\d(?!\d))"
    r".*(?:(?<![^\W\d_])(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)|(?<!\d)\d{4}-\d\d-\d\d(?!\d))",
    re.IGNORECASE,
)
"""Strings that can be a certain date: a year of four digits, and the month in letters or as in ISO 8601."""

_ONE_DATE = re.compile(rf"(?<![\w/\u2013-])(?<!\d ){DATE_PATTERN}(?!\d)")
"""A date among other words, except the end of a range such as 5-7 May 2024."""

_AREA = re.compile(r"(.*[T ]\d?\d:\d\d.*?) ?\[?\b([A-Z][A-Za-z]+(?:/[A-Z][A-Za-z_-]+){1,2})\]?")
"""A time and a name of the tz database, which is in brackets in RFC 9557."""

_ZONE_IN_FULL = re.compile(r"([+-]\d\d:?\d\d) ?\([^()]*\)$")
"""An offset and the zone's name after it, as in JavaScript's ``Date``."""

_NO_SUCH_HALF = re.compile(
    r"(?<![\d:.])(?:0?0[:.]\d\d(?:[:.]\d\d)? ?p|(?:1[3-9]|2\d)[:.]\d\d(?:[:.]\d\d)? ?a)\.?m\b", re.IGNORECASE
)
"""0:30 pm and 13:30 am, for which dateparser ignores the half of the day."""

_RANGE = re.compile(r"\d[:.]\d\d-\d{1,2}:\d\d")
"""Among words ``10:00-11:00`` is more often from one hour to another than an hour with its offset."""

_PLAIN_DAY = re.compile(
    r"(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day,? )?"
    r"(?:(?P<day>\d\d?) (?P<month>[A-Z][a-z]+)|(?P<name>[A-Z][a-z]+) (?P<number>\d\d?),) (?P<year>\d{4})"
)
"""``Tuesday, 3 November 2026`` and ``November 3, 2026``, the usual forms in English."""

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip

_LETTERS = re.compile(r"[^\W\d_]+")

_UNDERSTOOD = re.compile(
    r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:t|tember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?|(?:mon|tues|wednes|thurs|fri|satur|sun)day|mon|tues?|weds?|thu|thurs?|fri|sat|sun"
    r"|st|nd|rd|th|of|the|on|at|t|a|p|m|am|pm"
    r"|z|utc?|gmt|[emp][sd]t|cdt|ak[sd]t|hst|bst|wes?t|ces?t|ees?t|sast|[wce]at|pkt|wib|wita?|hkt|jst|kst"
    r"|aw[sd]t|a[ce][sd]t|nz[sd]t",
    re.IGNORECASE,
)
"""Words of dates and names of zones that have one meaning: those of RFC 5322, except CST, which is China's too, and
others that have had one offset in the tz database since 2000. Dateparser knows more zones, and takes one meaning of
IST, CST or ET silently."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment in UTC; ``zoned`` is false if time or zone were not printed or not understood, but assumed."""

    at: datetime
    zoned: bool
    local: datetime | None = field(default=None, compare=False, repr=False)
    """The same moment with the printed offset, None without a zone that is certain."""


def read_moment(printed: str, *, now: datetime, whole: bool = False) -> Moment | None:
    """Return the moment that ``printed`` states in ISO 8601, RFC 5322 or English words, else None.

    A time before 1800 or after ``now`` is not a date of publication and also gives None. Other words around the date
    are ignored, unless ``whole``. Takes 10 to 20 µs for the two standards, 2 to 5 ms for words, and up to .4 s for
    the first date in words that a process reads.
    """
    words = " ".join(printed[: 10 * LONGEST].split())
    if len(printed) > 10 * LONGEST or len(words) > LONGEST:
        return None
    moment = _moment(words, whole=whole)
    return moment if moment and moment.at.year >= EARLIEST_YEAR and moment.at <= now else None


def read_zoned(printed: str, *, now: datetime) -> datetime | None:
    """Return the moment that ``printed`` states with its zone, else None; see ``read_moment``."""
    moment = read_moment(printed, now=now, whole=True)
    return moment.at if moment and moment.zoned else None


def _moment(printed: str, *, whole: bool) -> Moment | None:
    rest, zone = _without_area(printed)
    for read in (_iso, _mail, _whole_words) if whole else (_iso, _mail, _words, _day_among_words):
        # For example day 31 of June, hour 25, or the end of the year 9999.
        with suppress(ValueError, OverflowError, TypeError):
            if found := read(rest):
                if zone and read is not _day_among_words and not _foreign(rest):
                    found = _with_zone(found, zone)
                return _in_utc(found)
    return None


def _in_utc(found: datetime) -> Moment:
    if found.tzinfo is None:
        return Moment(found.replace(tzinfo=UTC), zoned=False)
    # Zones have offsets of whole minutes since 1972; RFC 3339 has no place for the seconds of older ones.
    offset = found.utcoffset()
    has_minutes = offset is not None and not offset.total_seconds() % 60
    local = found.replace(tzinfo=timezone(offset)) if offset is not None and has_minutes else None
    return Moment(found.astimezone(UTC), zoned=True, local=local)


def _with_zone(found: datetime, zone: ZoneInfo) -> datetime:
    """Add the zone, unless there is one already or the local time is ambiguous at a change of summer time."""
    first, second = (found.replace(tzinfo=found.tzinfo or zone, fold=fold) for fold in (0, 1))
    return first if first.utcoffset() == second.utcoffset() else found


def _without_area(printed: str) -> tuple[str, ZoneInfo | None]:
    match = _AREA.fullmatch(printed)
    try:
        with outages_reported(printed):
            return (match[1], ZoneInfo(match[2])) if match else (printed, None)
    except (ValueError, OSError, KeyError):  # no zone, or a folder of zones
        return printed, None


def _iso(printed: str) -> datetime | None:
    match = _ISO.fullmatch(printed)
    if not match:
        return None
    day, time, zone = match.groups()
    named = "+00:00" if zone and zone.upper() in {"Z", "UTC", "GMT"} else zone or ""
    return datetime.fromisoformat(f"{day}T{time}{named}" if time else day)


def _mail(printed: str) -> datetime | None:
    match = _MAIL.fullmatch(printed)
    if not match:
        return None
    found = parsedate_to_datetime(printed)
    # 25-May-20 alone may be in 2025.
    has_year = match["four"] or (match["weekday"] or "").lower() == _WEEKDAYS[found.weekday()]
    return found if has_year else None


def _whole_words(printed: str) -> datetime | None:
    return None if _foreign(_ZONE_IN_FULL.sub(r"\1", printed)) else _words(printed)


def _words(printed: str) -> datetime | None:
    """Read a date in English words; the result has a zone only where every word of it was understood."""
    printed = _ZONE_IN_FULL.sub(r"\1", printed)
    if not _DATED.match(printed) or _NO_SUCH_HALF.search(printed) or _RANGE.search(printed):
        return None
    plain = _PLAIN_DAY.fullmatch(printed)
    if plain and (month := plain["month"] or plain["name"]) in _MONTHS:
        # The same as dateparser returns, which takes .2 s to import and 2 ms for each date.
        return datetime(int(plain["year"]), _MONTHS.index(month) + 1, int(plain["day"] or plain["number"]))  # noqa: DTZ001
    read = _dateparser().get_date_data(printed)
    found: datetime | None = read.date_obj
    if found is None or found.tzinfo is None:
        return found
    if read.period != "time":  # a day with a zone, which dateparser converted to another day in UTC
        return None
    found = found.astimezone(_printed_offset(printed))
    return found.replace(tzinfo=None) if _foreign(printed) else found


def _printed_offset(printed: str) -> tzinfo:
    """Return the zone that dateparser found before it converted the time to UTC."""
    from dateparser.timezone_parser import pop_tz_offset_from_string  # noqa: PLC0415

    zone = pop_tz_offset_from_string(printed)[1]
    return zone if isinstance(zone, tzinfo) else UTC


def _day_among_words(printed: str) -> datetime | None:
    days = {match.group() for match in _ONE_DATE.finditer(printed)}
    return (_iso(day) or _words(day)) if len(days) == 1 and (day := days.pop()) else None


def _foreign(printed: str) -> bool:
    return not all(map(_UNDERSTOOD.fullmatch, _LETTERS.findall(printed)))


@cache
def _dateparser() -> DateDataParser:
    """Return a parser that assumes no missing part, no order of numbers, no language and no local zone."""
    # Imported at first use: it takes .2 to .4 s and 8 MB, and few parser processes read a date in words.
    from dateparser.date import DateDataParser  # noqa: PLC0415

    return DateDataParser(
        languages=["en"],
        settings={
            "PARSERS": ["absolute-time"],
            "STRICT_PARSING": True,
            "REQUIRE_PARTS": ["day", "month", "year"],
            "DATE_ORDER": "DMY",
            "STRICT_DATE_ORDER": "all",
            "PREFER_LOCALE_DATE_ORDER": False,
            "TIMEZONE": "UTC",
            "IGNORE_SURROUNDING_TEXT": True,
            "RETURN_TIME_AS_PERIOD": True,
        },
    )
