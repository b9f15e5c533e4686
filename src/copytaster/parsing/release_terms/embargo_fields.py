"""Adds the end of an embargo that a field states; it is read whole, because a part of it may be an earlier time."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from copytaster.parsing.dates import Moment, read_moment
from copytaster.parsing.draft_builder import LATEST_EMBARGO, DraftBuilder, time_confidence
from copytaster.parsing.release_terms.statements import read_statement
from copytaster.parsing.release_terms.time_words import FARTHEST_WEST, WEEKDAYS

NO_EMBARGO = frozenset(["", "0", "false", "no", "none", "null", "n/a", "-"])
"""Values of fields for an embargo that state none, in lower case."""

_FIRST_WORD = re.compile(r"\s*([^\W\d_]+)")
_YEAR = re.compile(r"(?<!\d)20\d\d(?!\d)")
"""A line of a text may leave out the year, which is near its arrival; a field may be a default or left from before."""


def add_embargo(builder: DraftBuilder, value: str | Moment | None, source: str, confidence: float = 1.0) -> None:
    """Add the end of an embargo that a field states; one that cannot be read whole withholds the draft.

    Without a zone, the end is the latest moment that the value may mean. None and empty strings state no embargo.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return
    end = _read(value, builder.now)
    if end is None:
        builder.hold(source, f"{str(value)[:60]!r} is no time that can be read")
        return
    builder.hold_until(end.at, source, time_confidence(end, confidence))


def read_stated(printed: str) -> Moment | None:
    """Return the moment that a whole field states in ISO 8601, RFC 5322 or English words; it may be in the future."""
    return read_moment(printed, now=LATEST_EMBARGO, whole=True)


def _read(value: str | Moment, now: datetime) -> Moment | None:
    moment = value if isinstance(value, Moment) else read_stated(value)
    if moment is None or (isinstance(value, str) and _differs_from_weekday(value, moment)):
        return _read_words(str(value), now)
    if moment.at > LATEST_EMBARGO:
        return None
    return moment if moment.zoned else replace(moment, at=moment.at - FARTHEST_WEST)


def _differs_from_weekday(stated: str, moment: Moment) -> bool:
    """Say whether a field begins with another weekday than that of its day: one of the two is wrong."""
    first = _FIRST_WORD.match(stated)
    weekday = WEEKDAYS.get(first[1].lower()) if first else None
    return weekday is not None and weekday != (moment.local or moment.at).weekday()


def _read_words(stated: str, now: datetime) -> Moment | None:
    """Return the end that words with a year have in a line of a text, behind the label ``Embargo:``."""
    if not _YEAR.search(stated):
        return None
    statement = read_statement(f"Embargo: {' '.join(stated.split())}", now=now)
    if statement is None or statement.until is None or statement.rest:
        return None
    return Moment(statement.until, zoned=statement.is_zoned)
