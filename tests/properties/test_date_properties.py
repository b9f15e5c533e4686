from __future__ import annotations

import calendar
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copytaster.parsing.dates import Moment, read_moment

NOW = datetime(2040, 1, 1, tzinfo=UTC)
MONTHS = tuple(calendar.month_name)[1:]
WEEKDAYS = tuple(calendar.day_name)

NAMES = {"GMT": 0, "UTC": 0, "EST": -300, "EDT": -240, "PST": -480, "PDT": -420, "BST": 60, "CEST": 120, "JST": 540}
"""Zones with their minutes east of Greenwich."""

moments = st.datetimes(NOW.replace(year=1801, tzinfo=None), NOW.replace(year=2039, tzinfo=None))
minutes = moments.map(lambda moment: moment.replace(second=0, microsecond=0))
names = st.sampled_from(sorted(NAMES))
surroundings = st.text(st.characters(exclude_categories=["N", "Cs"]), max_size=20)
offsets = st.integers(-14 * 4, 14 * 4).map(lambda quarters: timezone(timedelta(minutes=15 * quarters)))


def _clock(moment: datetime) -> str:
    return f"{moment.hour % 12 or 12}:{moment:%M} {'PM' if moment.hour >= 12 else 'AM'}"


def _styles(moment: datetime) -> dict[str, str]:
    """Return ways to write a moment to the minute, without its zone."""
    month, weekday, year = MONTHS[moment.month - 1], WEEKDAYS[moment.weekday()], f"{moment.year:04}"
    clock = _clock(moment)
    return {
        "British": f"{moment.day} {month} {year} {moment:%H:%M}",
        "British with dots": f"{weekday} {moment.day} {month} {year} {moment:%H.%M}",
        "hour first": f"{moment:%H:%M}, {moment.day} {month[:3]} {year}",
        "American": f"{month} {moment.day}, {year} {clock}",
        "agency": f"{month[:3]}. {moment.day}, {year} at {clock.replace('AM', 'a.m.').replace('PM', 'p.m.')}",
        "ordinal": f"{moment.day}th of {month} {year}, {clock}",
        "no space": f"{weekday}, {month} {moment.day}, {year}, {clock.replace(' ', '')}",
        "ISO with half": f"{moment:%Y-%m-%d} {clock}",
        "mail": f"{weekday[:3]}, {moment.day:02} {month[:3]} {year} {moment:%H:%M:%S}",
        "script": f"{weekday[:3]} {month[:3]} {moment.day:02} {year} {moment:%H:%M:%S}",
        "ISO": f"{moment:%Y-%m-%dT%H:%M:%S}",
    }


styles = st.sampled_from(sorted(_styles(NOW)))


@given(moment=moments, zone=offsets)
@pytest.mark.parametrize(
    "style", ["%Y-%m-%dT%H:%M:%S.%f%z", "%Y%m%dT%H%M%S%z", "%Y-%m-%d %H:%M:%S %z", "%Y%m%dT%H%M%z"]
)
def test_every_moment_in_iso_8601_reads_back(style: str, moment: datetime, zone: timezone) -> None:
    written = moment.replace(tzinfo=zone)
    printed = written.strftime(style.replace("%Y", f"{moment.year:04}"))
    exact = datetime.strptime(printed, style).astimezone(UTC)

    assert read_moment(printed, now=NOW) == Moment(exact, zoned=True)


@given(moment=moments, zone=offsets)
def test_every_moment_in_rfc_5322_reads_back(moment: datetime, zone: timezone) -> None:
    written = moment.replace(tzinfo=zone, microsecond=0)

    assert read_moment(format_datetime(written), now=NOW) == Moment(written.astimezone(UTC), zoned=True)


@given(style=styles, moment=minutes, zone=names)
def test_every_usual_style_reads_back_with_the_name_of_its_zone(style: str, moment: datetime, zone: str) -> None:
    at = moment.replace(tzinfo=UTC) - timedelta(minutes=NAMES[zone])

    assert read_moment(f"{_styles(moment)[style]} {zone}", now=NOW) == Moment(at, zoned=True)


@given(style=styles, moment=minutes, zone=offsets, form=st.sampled_from(["%z", "%:z", "GMT%z", "UTC%:z"]))
def test_every_usual_style_reads_back_with_its_offset_or_not_at_all(
    style: str, moment: datetime, zone: timezone, form: str
) -> None:
    written = moment.replace(tzinfo=zone)
    offset = f"{written:%z}"
    offset = form.replace("%:z", f"{offset[:3]}:{offset[3:]}").replace("%z", offset)
    found = read_moment(f"{_styles(moment)[style]} {offset}", now=NOW)

    assert found is None or not found.zoned or found.at == written.astimezone(UTC)


@given(style=styles, moment=minutes)
def test_every_usual_style_reads_back_as_assumed_without_its_zone(style: str, moment: datetime) -> None:
    assert read_moment(_styles(moment)[style], now=NOW) == Moment(moment.replace(tzinfo=UTC), zoned=False)


@given(style=styles, moment=minutes, before=surroundings, behind=surroundings)
def test_what_stands_around_a_date_does_not_change_its_day(
    style: str, moment: datetime, before: str, behind: str
) -> None:
    found = read_moment(f"{before} | {_styles(moment)[style]} UTC | {behind}", now=NOW)

    assert found is None or found.at.date() == moment.date()


@given(st.dates(), st.sampled_from(["%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%d/%m/%y", "%Y/%d/%m"]))
def test_numbers_whose_order_is_not_known_are_no_date(day: datetime, style: str) -> None:
    assert read_moment(day.strftime(style), now=NOW) is None
    assert read_moment(f"{day.strftime(style)} 10:00 PM GMT", now=NOW) is None


WORDS = """May march second one ten sun mon sat now today yesterday tomorrow ago hour hours week year in at on of the
    past noon midnight morning half quarter 5 12 31 2024 10:00 9.15 PM GMT EST IST +02:00 - , : / V MMXXIV"""


@given(st.lists(st.sampled_from(WORDS.split()), min_size=1, max_size=8).map(" ".join))
def test_no_part_of_a_date_is_filled_in_from_elsewhere(printed: str) -> None:
    found = read_moment(printed, now=NOW)

    assert found is None or "2024" in printed
    assert found is None or (found.at.year, found.at.month) in {(2024, 2), (2024, 3), (2024, 4), (2024, 5), (2024, 6)}


@given(st.text(max_size=150))
def test_any_text_is_read_without_an_error(printed: str) -> None:
    found = read_moment(printed, now=NOW)

    assert found is None or found.at <= NOW
