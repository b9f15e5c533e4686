"""Moments as files print them, read only where there is no doubt about day, month and year."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from email.utils import parsedate_to_datetime

EARLIEST_YEAR = 1800
"""Digitised archives of newspapers begin about here; earlier years are broken clocks and default values."""

DATE_PATTERN = (
    r"(?:[A-Z][a-z]{2,8}\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4}|"
    r"\d{1,2}(?:st|nd|rd|th)?\.? [A-Z][a-z]{2,8}\.?,? \d{4}|\d{4}-\d\d-\d\d)"
)
"""A printed date with its year, the month in English letters: 03/04/2024 means two days, so it is not read."""

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_PRINTED = re.compile(
    r"(?:(?P<month>[A-Za-z]{3,9})\.? (?P<day>\d{1,2})(?:st|nd|rd|th)?|"
    r"(?P<day2>\d{1,2})(?:st|nd|rd|th)?\.? (?P<month2>[A-Za-z]{3,9})\.?)"
    r",? (?P<year>\d{4})(?P<rest>.*)",
    re.DOTALL,
)
_TIME = re.compile(
    r"\b(?P<hour>\d{1,2})[:.](?P<minute>\d\d)(?::\d\d)?\s*(?P<half>[ap]\.?m\b\.?)?\s*(?P<zone>GMT|UTC|Z)?",
    re.IGNORECASE,
)
_ISO = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T ]+(\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?)\s*(Z|UTC|GMT|[+-]\d\d:?\d\d|[+-]\d\d)?)?\b.*",
    re.IGNORECASE,
)

_BASIC_ISO = re.compile(r"\d{8}(?:T\d{6}(?:Z|[+-]\d\d:?\d\d)?)?")
"""The forms of ISO 8601 without separators: ``20181121`` and ``20181121T162532Z``."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment in UTC; ``zoned`` says whether the print named its zone or UTC was assumed."""

    at: datetime
    zoned: bool


def read_moment(printed: str, *, now: datetime) -> Moment | None:
    """Return the moment that ``printed`` states in ISO 8601, RFC 5322 or English words, else None.

    None also for what cannot be a date of publication: before 1800 or after ``now``.
    """
    printed = " ".join(printed.split())[:100]
    for read in (_iso, _mail, _words):
        if moment := _attempt(read, printed):
            return moment if _plausible(moment.at, now) else None
    return None


def _plausible(moment: datetime, now: datetime) -> bool:
    return moment.year >= EARLIEST_YEAR and moment <= now


def _attempt(read: Callable[[str], datetime | None], printed: str) -> Moment | None:
    try:
        found = read(printed)
        if found is None:
            return None
        zoned = found.tzinfo is not None
        return Moment(found.astimezone(UTC) if zoned else found.replace(tzinfo=UTC), zoned)
    except (ValueError, OverflowError, TypeError):  # day 31 of June, year 0, hour 25
        return None


def _iso(printed: str) -> datetime | None:
    if _BASIC_ISO.fullmatch(printed):
        return datetime.fromisoformat(printed)
    match = _ISO.fullmatch(printed)
    if not match:
        return None
    day, time, zone = match.groups()
    named = "+00:00" if zone and zone.upper() in {"Z", "UTC", "GMT"} else zone or ""
    return datetime.fromisoformat(f"{day}T{time.replace(',', '.')}{named}" if time else day)


def _mail(printed: str) -> datetime | None:
    return parsedate_to_datetime(printed) if ":" in printed and re.match(r"[A-Z][a-z]{2}, \d", printed) else None


def _words(printed: str) -> datetime | None:
    match = _PRINTED.search(printed)
    if not match:
        return None
    word = (match["month"] or match["month2"]).lower()
    month = _MONTHS.index(word[:3]) + 1
    hour, minute, zone = _time(match["rest"])
    return datetime(int(match["year"]), month, int(match["day"] or match["day2"]), hour, minute, tzinfo=zone)


def _time(rest: str) -> tuple[int, int, tzinfo | None]:
    match = _TIME.search(rest)
    if not match:
        return 0, 0, None
    hour = int(match["hour"])
    if half := match["half"]:
        hour = hour % 12 + (12 if half.lower().startswith("p") else 0)
    return hour, int(match["minute"]), UTC if match["zone"] else None
