"""The filters of lists, as keyword arguments. A time is a datetime with an offset, or text; text may be a day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any, TypedDict

Time = datetime | str


class ArticleFilters(TypedDict, total=False):
    """The parameters of ``/api/v1/articles``."""

    source: str | None
    publisher: str | None
    topic: str | None
    entity: str | None
    keyword: str | None
    tag: str | None
    language: str | None
    format: str | None
    status: str | None
    story: str | None
    published_from: Time | None
    published_to: Time | None
    received_from: Time | None
    received_to: Time | None
    q: str | None
    sort: str
    withheld: bool


class DeliveryFilters(TypedDict, total=False):
    """The parameters of ``/api/v1/deliveries``."""

    source: str | None
    name: str | None
    path: str | None
    sha256: str | None
    state: str | None
    disposition: str | None
    reason: str | None
    article: str | None
    received_from: Time | None
    received_to: Time | None


class StoryFilters(TypedDict, total=False):
    """The parameters of ``/api/v1/stories``."""

    state: str | None
    source: str | None
    topic: str | None
    entity: str | None
    changed_from: Time | None
    changed_to: Time | None
    single: bool


class FailedFilters(TypedDict, total=False):
    """The parameters of ``/api/v1/failed``."""

    reason: str | None
    source: str | None
    name: str | None
    oldest_first: bool


Parameters = Mapping[str, str | int | bool | list[str]]


def parameters_of(given: Mapping[str, Any]) -> dict[str, str | int | bool | list[str]]:
    """Return the query parameters of filters; those that are None are left out."""
    return {name: _value(value) for name, value in given.items() if value is not None}


def _value(value: Any) -> str | int | bool | list[str]:
    match value:
        case bool() | int():
            return value
        case datetime():
            return value.isoformat()
        case Enum():
            return str(value.value)
        case list() | tuple():
            return [str(each) for each in value]
        case _:
            return str(value)
