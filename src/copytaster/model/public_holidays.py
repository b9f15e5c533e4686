"""Public holidays by country, from the package ``holidays``, and the day of the week as which they count."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from pydantic_core import PydanticCustomError

if TYPE_CHECKING:
    from holidays import HolidayBase

DAYS_KEPT = 4_096
"""Days that are remembered: some years of several countries. One takes 5 µs, the first one of a country .7 s."""

_CODE = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
"""ISO 3166-1 and -2. The package also knows names of countries."""


class Holiday(NamedTuple):
    """When a holiday begins and ends, and how much later the day of rest of the same week is (less than 0: earlier)."""

    start: datetime
    end: datetime
    to_rest: timedelta


def checked_region(region: str) -> str:
    """Return the code of a country (``DE``) or of a part of one (``DE-BY``) whose holidays are known.

    Raises ``PydanticCustomError`` for any other text.
    """
    if _CODE.fullmatch(region):
        with suppress(NotImplementedError):
            _holidays(region)
            return region
    raise PydanticCustomError(
        "region",
        "no public holidays are known for {region}; write a country as DE, or a part of one as DE-BY",
        {"region": region},
    )


@lru_cache(DAYS_KEPT)
def days_to_rest(region: str, day: date) -> int:
    """Return how many days later the day of rest of the same week is if the day is a holiday, else 0.

    The day of rest is the last one of the country's weekend: Sunday in most countries, Saturday in Israel. The region
    is one that ``checked_region`` accepts.
    """
    known = _holidays(region)
    return max(known.weekend) - day.weekday() if known.weekend and day in known else 0


def holidays_between(region: str, zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[Holiday]:
    """Yield the holidays from the day of ``start`` to that of ``end``, in order, without those on days of rest."""
    day, last = start.astimezone(zone).date(), end.astimezone(zone).date()
    while day <= last:
        following = day + timedelta(days=1)
        if days := days_to_rest(region, day):
            first, after = (datetime.combine(each, time(), zone) for each in (day, following))
            yield Holiday(first, after, timedelta(days=days))
        day = following


@lru_cache
def _holidays(region: str) -> HolidayBase:
    # Imported here: most sources declare no region, and few processes read declarations at all.
    from holidays import country_holidays  # noqa: PLC0415

    country, _, part = region.partition("-")
    return country_holidays(country, subdiv=part or None)
