"""Numbers by which a source counts its items, in the names of files or in the headers of wire messages."""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_SERIES = 48
"""Characters of the name of a series: longer names of files hardly differ in a counter alone."""

_COUNTER = re.compile(r"(?P<before>.*?)(?P<number>[0-9]{1,9})(?P<after>[^0-9]*)", re.DOTALL)
"""A name with a counter: the last digits before the suffix."""

_MESSAGE = re.compile(r"(?P<service>.+):[0-9]{4}-[0-9]{2}-[0-9]{2}:(?P<number>[0-9]{1,5})")
"""The guid of a message in a wire format: service, day and number."""

_DAILY = re.compile(r"(?:anpa:)?[a-z0-9]{1,8}:[0-9]{4}-[0-9]{2}-[0-9]{2}:[0-9]{1,5}")
"""The same, with a name of a service as these formats have it: a few letters, which several agencies may use."""

WIRE_FORMATS = frozenset({"anpa", "iptc7901"})
"""Formats whose messages are numbered by their service."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """A number of a ``series``, written with ``width`` digits."""

    series: str
    number: int
    width: int


def number_in_name(name: str) -> Numbered | None:
    """Return the number in the name of a file, None without digits; in the series, other digits are ``#``."""
    stem, dot, suffix = name.rpartition(".") if "." in name[1:] else (name, "", "")
    found = _COUNTER.fullmatch(stem)
    if found is None:
        return None
    pattern = re.sub(r"[0-9]+", "#", found["before"]) + "*" + found["after"] + dot + suffix
    return Numbered(f"name {pattern[:MAX_SERIES]}", int(found["number"]), len(found["number"]))


def is_daily_number(guid: str) -> bool:
    """Return whether a guid is the number of a message, by which an agency counts each day."""
    return _DAILY.fullmatch(guid) is not None


def number_of_message(format_: str, guid: str | None) -> Numbered | None:
    """Return the number of a message in a wire format; None for other items."""
    found = _MESSAGE.fullmatch(guid or "") if format_ in WIRE_FORMATS else None
    if found is None:
        return None
    return Numbered(f"service {found['service'][:MAX_SERIES]}", int(found["number"]), len(found["number"]))
