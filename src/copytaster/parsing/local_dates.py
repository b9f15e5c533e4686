"""Reads the day in a printed line in the language of its page; months in words, numbers where the order is certain."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from copytaster.parsing.dates import EARLIEST_YEAR, LONGEST, Moment, read_moment

if TYPE_CHECKING:
    from dateparser.date import DateDataParser

_NUMBERS = re.compile(
    r"(?<![\d/.-])(?:(?P<first>\d{4})(?P<a>[./-]|\s?年\s?)(?P<month>\d\d?)(?:(?P=a)|\s?月\s?)(?P<day>\d\d?)"
    r"|(?P<one>\d\d?)(?P<b>[./-])(?P<two>\d\d?)(?P=b)(?P<last>\d{4}))(?![\d/-]|\.\d)"
)
"""A day in numbers. A year first is followed by the month everywhere."""

_LAST_MONTH = 12

_MONTH_FIRST = frozenset({"en"})
"""Languages with countries that print the month first. In the others a day in numbers begins with the day."""

_MONTH_FIRST_TAGS = frozenset({"en-us"})
_DAY_FIRST_TAGS = frozenset({"en-gb", "en-au", "en-nz", "en-ie", "en-in", "en-za"})

_WORDS = re.compile(
    r"(?<![^\W\d])(?:\d{1,2}(?:\.|º|er|-?\u0433\u043e)?\s+(?:de\s+|tháng\s+)?[^\W\d_]{3,12}\.?,?\s+(?:de\s+|del\s+)?\d{4}"
    r"|[^\W\d_]{3,12}\.?\s+\d{1,2}(?:st|nd|rd|th)?,?\s+\d{4}|\d{4}\.?\s+[^\W\d_]{3,12}\s+\d{1,2}\.?)(?!\d)"
)
"""A day, a month in letters and a year, in the orders of European languages."""

_CACHED_LANGUAGES = 8
"""A parser of one language has about 1 MB."""


def read_local_day(printed: str, language: str | None, *, latest: datetime) -> Moment | None:
    """Return the only day that ``printed`` states, or None.

    ``language`` is the tag that the page states. A day in numbers is read only if the order of day and month is
    certain: a year in front, a day after the 12th, or a language in which the day is first. The time is never certain.
    """
    line = " ".join(printed.split())
    days = {*_numeric_days(line, language), *_days_in_words(line, language, latest)}
    if len(days) != 1:
        return None
    day = days.pop()
    return Moment(day, zoned=False) if day.year >= EARLIEST_YEAR and day <= latest else None


def _numeric_days(line: str, language: str | None) -> list[datetime]:
    found = []
    for match in _NUMBERS.finditer(line):
        year = int(match["first"] or match["last"])
        month, day = (
            (int(match["month"]), int(match["day"]))
            if match["first"]
            else _ordered(int(match["one"]), int(match["two"]), match["b"], language)
        )
        with suppress(ValueError):  # no such day, or an order that is not certain
            found.append(datetime(year, month, day, tzinfo=UTC))
    return found


def _ordered(one: int, two: int, separator: str, language: str | None) -> tuple[int, int]:
    """Return month and day; month 0 if their order is not certain."""
    tag = (language or "").lower().replace("_", "-")
    if one == two or two > _LAST_MONTH:
        return one, two
    if one > _LAST_MONTH or tag in _DAY_FIRST_TAGS or (tag and tag.partition("-")[0] not in _MONTH_FIRST):
        return two, one
    return (one, two) if tag in _MONTH_FIRST_TAGS and separator != "." else (0, 0)


def _days_in_words(line: str, language: str | None, latest: datetime) -> list[datetime]:
    primary = (language or "en").lower().replace("_", "-").partition("-")[0]
    days = []
    for match in _WORDS.finditer(line):
        if moment := read_moment(match.group(), now=latest, whole=True):
            days.append(moment.at)
        elif primary != "en" and len(match.group()) <= LONGEST and (day := _day_in(match.group(), primary)) is not None:
            days.append(day)
    return days


def _day_in(printed: str, language: str) -> datetime | None:
    parser = _parser(language)
    with suppress(ValueError, OverflowError, TypeError):
        found: datetime | None = parser.get_date_data(printed).date_obj if parser else None
        return None if found is None else found.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=UTC)
    return None


@lru_cache(maxsize=_CACHED_LANGUAGES)
def _parser(language: str) -> DateDataParser | None:
    """Return a parser of dates in one language that assumes no missing part; None for an unknown language."""
    # Imported at first use: it takes .2 to .4 s and 8 MB, and few parser processes read a date in words.
    from dateparser.date import DateDataParser  # noqa: PLC0415

    settings = {
        "PARSERS": ["absolute-time"],
        "STRICT_PARSING": True,
        "REQUIRE_PARTS": ["day", "month", "year"],
        "DATE_ORDER": "DMY",
        "TIMEZONE": "UTC",
    }
    try:
        return DateDataParser(languages=[language], settings=settings)
    except ValueError:
        return None
