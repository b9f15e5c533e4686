from __future__ import annotations

from datetime import UTC, datetime

import pytest

from copytaster.parsing.release_terms.release_time import read_release_time

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def utc(day: int, hour: int = 0, minute: int = 0, *, month: int = 12) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("printed", "at"),
    [
        ("07:30 GMT on 4 December 2026", utc(4, 7, 30)),
        ("4 December 2026, 0730 GMT", utc(4, 7, 30)),
        ("4 DEC 2026 2030 GMT", utc(4, 20, 30)),
        ("Friday, December 4, 2026 at 7:30 a.m. Eastern Time", utc(4, 12, 30)),
        ("7:30 P.M. EST, DEC. 4", utc(5, 0, 30)),
        ("7.30pm London time, 4th December 2026", utc(4, 19, 30)),
        ("4. Dezember 2026, 07.30 Uhr MEZ", utc(4, 6, 30)),
        ("Freitag, 4.12.2026, 18 Uhr (MEZ)", utc(4, 17)),
        ("vendredi 4 décembre 2026 à 18h30 (heure de Paris)", utc(4, 17, 30)),
        ("4 de diciembre de 2026 a las 18:30 horas, hora peninsular española", utc(4, 17, 30)),
        ("2026-12-04T07:30Z", utc(4, 7, 30)),
        ("20261204T0730+0100", utc(4, 6, 30)),
        ("07:30 GMT / 08:30 CET, 4 December 2026", utc(4, 7, 30)),
        ("24:00 GMT 4 December 2026", utc(5)),
        ("15 July 2026 noon EST", utc(15, 17, month=7)),
    ],
)
def test_day_hour_and_zone_are_read_in_any_order(printed: str, at: datetime) -> None:
    reading = read_release_time(printed, now=NOW, whole_day=True)

    assert (reading.at, reading.is_zoned) == (at, True)
    assert printed[reading.end :].strip(")") == ""


@pytest.mark.parametrize(
    ("printed", "at"),
    [
        ("25 October 2026, 02:30 Paris time", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
        ("1 November 2026, 1:30 a.m. ET", datetime(2026, 11, 1, 6, 30, tzinfo=UTC)),
        ("29 March 2026, 02:30 Paris time", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
    ],
)
def test_an_hour_that_passes_twice_or_not_at_all_is_the_later_one(printed: str, at: datetime) -> None:
    assert read_release_time(printed, now=NOW, whole_day=True).at == at


@pytest.mark.parametrize(("zone", "hour"), [("EDT", 5), ("EST", 6)])
def test_an_hour_that_passes_twice_is_the_one_of_the_season_that_its_zone_names(zone: str, hour: int) -> None:
    reading = read_release_time(f"1 November 2026, 1:30 a.m. {zone}", now=NOW, whole_day=True)

    assert reading.at == datetime(2026, 11, 1, hour, 30, tzinfo=UTC)


def test_a_time_without_a_zone_is_the_latest_on_earth() -> None:
    reading = read_release_time("0730 hrs Friday 4 December 2026", now=NOW, whole_day=True)

    assert (reading.at, reading.is_zoned) == (utc(4, 19, 30), False)


@pytest.mark.parametrize(("whole_day", "at"), [(True, utc(5, 12)), (False, utc(4, 12))])
def test_a_day_without_an_hour_ends_at_its_end_or_its_beginning(whole_day: bool, at: datetime) -> None:
    assert read_release_time("4 December 2026", now=NOW, whole_day=whole_day).at == at


def test_an_hour_of_one_digit_without_its_half_is_in_the_evening() -> None:
    assert read_release_time("9:00 GMT, 4 December 2026", now=NOW, whole_day=True).at == utc(4, 21)


@pytest.mark.parametrize(
    ("printed", "why"),
    [
        ("4/12/2026", "day and month may be exchanged"),
        ("noon Friday", "it has no date"),
        ("Monday 4 December 2026", "day and weekday differ"),
        ("31 November 2026", "there is no such day"),
        ("4 December 2026 and 5 December 2026", "it has more than one day"),
        ("2 November", "it has no year"),
        ("0:30 pm, 4 December 2026", "there is no such hour"),
    ],
)
def test_a_time_that_is_not_certain_has_a_reason_instead_of_a_moment(printed: str, why: str) -> None:
    reading = read_release_time(printed, now=NOW, whole_day=True)

    assert reading.at is None
    assert reading.why.startswith(why)


def test_of_a_numeric_date_the_part_above_twelve_is_the_day() -> None:
    readings = [
        read_release_time(each, now=NOW, whole_day=False) for each in ("12/24/2026 10:00Z", "24/12/2026 10:00Z")
    ]

    assert [each.at for each in readings] == [utc(24, 10)] * 2


def test_a_date_without_a_year_is_the_next_one_within_half_a_year() -> None:
    reading = read_release_time("5 January, 10:00 GMT", now=NOW, whole_day=False)

    assert reading.at == datetime(2027, 1, 5, 10, tzinfo=UTC)


@pytest.mark.parametrize("now", [datetime(2027, 12, 20, tzinfo=UTC), datetime(2028, 2, 20, tzinfo=UTC)])
def test_a_day_that_not_every_year_has_is_the_next_one_too(now: datetime) -> None:
    reading = read_release_time("29 February, 10:00 GMT", now=now, whole_day=False)

    assert reading.at == datetime(2028, 2, 29, 10, tzinfo=UTC)


@pytest.mark.parametrize("now", [datetime(2026, 12, 20, tzinfo=UTC), datetime(2028, 5, 20, tzinfo=UTC)])
def test_a_day_that_is_years_away_may_be_a_past_one(now: datetime) -> None:
    reading = read_release_time("29 February, 10:00 GMT", now=now, whole_day=False)

    assert (reading.at, reading.why) == (None, "it has no year, and the day may be a past one")


@pytest.mark.parametrize("printed", ["12 countries agree", "2027 for oil", "the autumn", ""])
def test_other_words_are_no_time(printed: str) -> None:
    assert read_release_time(printed, now=NOW, whole_day=True).end == 0


def test_the_time_ends_before_other_words() -> None:
    printed = "07:30 GMT 4 December 2026 - Bridge opens"

    assert printed[read_release_time(printed, now=NOW, whole_day=True).end :] == " - Bridge opens"
