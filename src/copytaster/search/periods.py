"""Periods of publication as terms: each article has its year, month and day, and a period is a few of these."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from datetime import UTC, date, datetime

from copytaster.search.query import Exact
from copytaster.store.matching import index_term

FIRST_YEAR, LAST_YEAR = 1900, 2100
"""Years between which periods distinguish; an article before or after them counts as one of these years."""


def period_terms(moment: datetime) -> set[str]:
    """Return the terms of a time: year, month and day in UTC."""
    day = moment.astimezone(UTC).date().isoformat()
    year = str(min(max(int(day[:4]), FIRST_YEAR), LAST_YEAR))
    return {index_term(Exact.PUBLISHED, each) for each in (year, day[:7], day)}


def covering_terms(first: datetime | None, last: datetime | None) -> frozenset[str]:
    """Return terms of which each article in the period has one; others of the same first or last day may have one too.

    They are at most some 280: the days and months at both ends, and the whole years between.
    """
    start = first.astimezone(UTC).date() if first else date(FIRST_YEAR, 1, 1)
    end = last.astimezone(UTC).date() if last else date(LAST_YEAR, 12, 31)
    return frozenset(index_term(Exact.PUBLISHED, each) for each in _years(start, end))


def _years(start: date, end: date) -> Iterator[str]:
    for year in range(start.year, end.year + 1):
        first, last = max(start, date(year, 1, 1)), min(end, date(year, 12, 31))
        if (first, last) == (date(year, 1, 1), date(year, 12, 31)):
            yield str(min(max(year, FIRST_YEAR), LAST_YEAR))
        else:
            yield from _months(first, last)


def _months(start: date, end: date) -> Iterator[str]:
    for month in range(start.month, end.month + 1):
        length = calendar.monthrange(start.year, month)[1]
        first = max(start, date(start.year, month, 1))
        last = min(end, date(start.year, month, length))
        if last.day - first.day + 1 == length:
            yield f"{start.year:04}-{month:02}"
        else:
            yield from (f"{start.year:04}-{month:02}-{day:02}" for day in range(first.day, last.day + 1))
