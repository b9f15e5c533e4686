"""Periods of publication as terms."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from copytaster.search.periods import covering_terms, period_terms


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_time_has_its_year_month_and_day() -> None:
    assert period_terms(moment("2026-11-30T23:59")) == {"published:2026", "published:2026-11", "published:2026-11-30"}


def test_a_period_is_covered_by_whole_years_months_and_days() -> None:
    assert covering_terms(moment("2024-11-29"), moment("2026-02-02")) == {
        *("published:2024-11-29", "published:2024-11-30", "published:2024-12"),
        "published:2025",
        *("published:2026-01", "published:2026-02-01", "published:2026-02-02"),
    }


@pytest.mark.parametrize(("first", "last"), [("2026-01-01", "2026-12-31"), ("1999-03-07", "2031-10-02"), (None, None)])
def test_a_period_covers_its_days_and_no_others(first: str | None, last: str | None) -> None:
    terms = covering_terms(moment(first) if first else None, moment(last) if last else None)

    for day in (moment("1990-01-01") + number * timedelta(days=5) for number in range(4_000)):
        inside = (first is None or day >= moment(first)) and (last is None or day <= moment(last))
        assert bool(terms & period_terms(day)) is inside, day


YEARS = (1, 1700, 1799, 1800, 1850, 1899, 1900, 2026, 2100, 2101, 2150, 9999)


@pytest.mark.parametrize("year", YEARS)
def test_an_article_of_any_year_is_covered_by_the_periods_that_it_is_in(year: int) -> None:
    day = datetime(year, 6, 15, tzinfo=UTC)
    for first, last in product((None, *YEARS), repeat=2):
        start = datetime(first, 6, 1, tzinfo=UTC) if first else None
        end = datetime(last, 6, 30, tzinfo=UTC) if last else None
        inside = (start is None or day >= start) and (end is None or day <= end)
        covered = bool(period_terms(day) & covering_terms(start, end))

        assert covered or not inside, (first, last)
        assert covered is inside or not 1800 <= year <= 2100, (first, last)


@pytest.mark.parametrize("year", YEARS)
def test_an_article_has_the_term_of_its_own_year_and_of_no_other(year: int) -> None:
    terms = period_terms(datetime(year, 6, 15, tzinfo=UTC))

    assert [each for each in YEARS if f"published:{each:04}" in terms] == [year]


def test_no_period_needs_many_terms() -> None:
    longest = covering_terms(moment("1700-01-02"), moment("2100-12-30"))

    assert len(longest) < 400
