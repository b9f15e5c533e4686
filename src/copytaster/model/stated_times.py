"""Times that senders and people state in sidecars and requests."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

_DATE_FIRST = re.compile(r"\d{4}-\d{2}-\d{2}\D", re.ASCII)

_TEXT = TypeAdapter(AwareDatetime)

_NUMBER = "must be a date and a time, such as 2026-11-29T07:30:00Z; a number may mean seconds, milliseconds or a day"


def _read(value: object) -> object:
    """Return the moment of a text.

    Pydantic alone takes ``20261201``, which is meant as a day, for seconds since 1970: an embargo would be over.
    """
    if isinstance(value, int | float):
        raise _wrong(_NUMBER)
    if not isinstance(value, str):
        return value
    try:
        moment = _TEXT.validate_python(value)
        moment.astimezone(UTC)
    except ValidationError as error:
        raise _wrong(error.errors(include_url=False)[0]["msg"]) from error
    except OverflowError as error:
        raise _wrong("is outside of the years 1 to 9999 in UTC") from error
    if not _DATE_FIRST.match(value):
        raise _wrong(_NUMBER)
    return moment


def _wrong(why: str) -> PydanticCustomError:
    return PydanticCustomError("stated_time", "{why}", {"why": why})


StatedTime = Annotated[AwareDatetime, BeforeValidator(_read)]
"""A moment with its offset from UTC, stated as a date and a time of day; it can be converted to UTC."""


def _in_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


UtcTime = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""A moment in UTC, whatever the offset with which it was stated."""

StatedUtcTime = Annotated[StatedTime, AfterValidator(_in_utc)]
"""A stated moment of which the offset does not matter."""
