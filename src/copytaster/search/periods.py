"""Periods of publication as terms: each article has its year, month and day, and a period is a few of these."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from datetime import UTC, date, datetime

from copytaster.search.query import Exact
from copytaster.store.matching import index_term

FIRST_YEAR, LAST_YEAR = 1800, 2100
"""Years between which periods distinguish: newspapers are digitised back to the first of them."""

EARLIER, LATER = "earlier", "later"
"""Further terms of articles before and after these years. No query can name them."""


def period_terms(moment: datetime) -> set[str]:
    """Return the terms of a time: year, month and day in UTC."""
    day = moment.astimezone(UTC).date().isoformat()
    return {index_term(Exact.PUBLISHED, each) for each in (day[:4], _year(int(day[:4])), day[:7], day)}


def covering_terms(first: datetime | None, last: datetime | None) -> frozenset[str]:
    """Return terms of which each article in the period has one; others of the same first or last day may have one too.

    They are at most some 380: the days and months at both ends, and the whole years between. All articles before the
    first year count as those of one year, and so do all after the last.
    """
    start = first.astimezone(UTC).date() if first else date.min
    end = last.astimezone(UTC).date() if last else date.max
    return frozenset(index_term(Exact.PUBLISHED, each) for each in _years(start, end) if start <= end)


def _years(start: date, end: date) -> Iterator[str]:
    if start.year < FIRST_YEAR:
        yield EARLIER
    if end.year > LAST_YEAR:
        yield LATER
    for year in range(max(start.year, FIRST_YEAR), min(end.year, LAST_YEAR) + 1):
        first, last = max(start, date(year, 1, 1)), min(end, date(year, 12, 31))
        if (first, last) == (date(year, 1, 1), date(year, 12, 31)):
            yield str(year)
        else:
            yield from _months(first, last)


def _year(year: int) -> str:
    if FIRST_YEAR <= year <= LAST_YEAR:
        return str(year)
    return EARLIER if year < FIRST_YEAR else LATER


def _months(start: date, end: date) -> Iterator[str]:
    for month in range(start.month, end.month + 1):
        length = calendar.monthrange(start.year, month)[1]
        first = max(start, date(start.year, month, 1))
        last = min(end, date(start.year, month, length))
        if last.day - first.day + 1 == length:
            yield f"{start.year:04}-{month:02}"
        else:
            yield from (f"{start.year:04}-{month:02}-{day:02}" for day in range(first.day, last.day + 1))
