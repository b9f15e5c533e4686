"""What a ``_source.yml`` declares about the way in which a source delivers."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from copytaster.model.article import Document
from copytaster.model.public_holidays import checked_region, days_to_rest

LONGEST_SILENCE = 28 * 24 * 60
"""Minutes; a source that sends less often than every four weeks is not watched."""

MOST_VALUES = 16
"""Languages or fields that may be declared: every delivery of the folder records them."""


class Weekday(StrEnum):
    """A day of the week, in the order of ``datetime.weekday``."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


class ArticleField(StrEnum):
    """A field of the article document that a source's articles may have."""

    TITLE = "title"
    SUMMARY = "summary"
    BYLINE = "byline"
    DATELINE = "dateline"
    PUBLISHED_AT = "published_at"
    URL = "url"
    GUID = "guid"
    IMAGES = "images"


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise PydanticCustomError(
            "zone", "there is no time zone {name}; write one as Europe/Berlin", {"name": name}
        ) from error
    return name


Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]
Hours = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$")]


class Expectations(Document):
    """What is expected of a source; what is null is learned from its past.

    It is quiet after ``quiet_after_minutes`` without a file, of which only the minutes within its ``hours`` on its
    ``days`` in its ``timezone`` count, and flooding with more than ``most_files_per_hour``. On public ``holidays`` of a
    country or a part of one it sends as on the last day of the weekend. Its files have between ``smallest_bytes`` and
    ``largest_bytes``, its articles one of the ``languages`` and all of the ``fields``.
    """

    quiet_after_minutes: Annotated[int, Field(ge=1, le=LONGEST_SILENCE)] | None = None
    days: Annotated[tuple[Weekday, ...], Field(min_length=1)] | None = None
    hours: Hours | None = None
    timezone: Annotated[str, AfterValidator(_zone)] = "UTC"
    holidays: Annotated[str, AfterValidator(checked_region)] | None = None
    most_files_per_hour: Annotated[int, Field(ge=1)] | None = None
    smallest_bytes: Annotated[int, Field(ge=0)] | None = None
    largest_bytes: Annotated[int, Field(ge=1)] | None = None
    languages: Annotated[tuple[Language, ...], Field(min_length=1, max_length=MOST_VALUES)] | None = None
    fields: Annotated[tuple[ArticleField, ...], Field(min_length=1, max_length=MOST_VALUES)] | None = None

    @model_validator(mode="after")
    def _hours_need_a_limit(self) -> Expectations:
        if self.quiet_after_minutes is None and (self.days or self.hours):
            raise PydanticCustomError("hours", "days and hours need quiet_after_minutes, whose minutes they restrict")
        return self

    def active(self, start: datetime, end: datetime) -> timedelta:
        """Return how much of the time between two times is in hours and days, of the last eight weeks at most.

        In four weeks, as many as can be declared as a silence, there may be few hours that count.
        """
        zone = ZoneInfo(self.timezone)
        start = max(start, end - timedelta(minutes=2 * LONGEST_SILENCE))
        total, day = timedelta(0), start.astimezone(zone).date() - timedelta(days=1)
        while day <= end.astimezone(zone).date():
            if self.days is None or self._weekday(day) in self.days:
                opens, closes = self._window()
                first = datetime.combine(day, opens, zone).astimezone(UTC)
                last_day = day if opens < closes else day + timedelta(days=1)
                last = datetime.combine(last_day, closes, zone).astimezone(UTC)
                total += max(min(last, end) - max(first, start), timedelta(0))
            day += timedelta(days=1)
        return total

    def _weekday(self, day: date) -> Weekday:
        shift = days_to_rest(self.holidays, day) if self.holidays else 0
        return list(Weekday)[day.weekday() + shift]

    def _window(self) -> tuple[time, time]:
        """Return when the hours of a day begin and end; the end is on the next day if it is not after the beginning."""
        opens, _, closes = (self.hours or "00:00-00:00").partition("-")
        return time.fromisoformat(opens), time.fromisoformat(closes)
