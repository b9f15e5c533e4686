"""Documents that only the HTTP API uses: filters of lists, and pages of lists."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    Field,
    PlainValidator,
    StringConstraints,
    WithJsonSchema,
)

from copytaster.model.article import ArticleId, Document, Text
from copytaster.model.delivery import Delivery, DeliveryId, DeliveryState
from copytaster.model.disposition import Disposition, Reason
from copytaster.model.standing_search import SEARCH
from copytaster.model.webhook import Attempt
from copytaster.model.work import QueueDepth
from copytaster.monitoring.sources.figures import SourceReport
from copytaster.outbound.event_types import EventFilter, known_pattern
from copytaster.outbound.positions import Position, parse_position
from copytaster.outbound.webhooks.administration import ShownEndpoint
from copytaster.store.ports.ledger import DeliveryQuery
from copytaster.store.ports.presence import Heartbeat

MAX_ITEMS = 200
"""Most items of a page: 200 articles of 5 kB are a megabyte."""

MAX_VALUES = 50
"""Most values of a filter that may be repeated: each event is compared with all of them."""

REPEATED = "given several times; it has one value here"
"""Why a parameter or a field of a form is wrong that may not be repeated."""

STORY = "^s[0-9A-Za-z]+$"
"""Pattern of a story's id."""

DELIVERY = "^d[0-9a-f]{22}$"
"""Pattern of a delivery's id."""

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)

_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)

FIRST, LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(9998, 12, 31, tzinfo=UTC)
"""Moments between which all computations with offsets and whole days work."""


def _moment(value: object) -> object:
    """Return the text of a moment; pydantic alone accepts numbers as well, which may mean seconds or milliseconds."""
    if not isinstance(value, datetime) and not (isinstance(value, str) and _MOMENT.fullmatch(value)):
        raise ValueError("must be a time of RFC 3339 with offset, such as 2026-11-29T07:30:00Z")
    return value


def first_moment(value: object) -> object:
    """Return the first moment of a day in UTC; other values unchanged."""
    return f"{value}T00:00:00Z" if isinstance(value, str) and _DAY.fullmatch(value) else _moment(value)


def last_moment(value: object) -> object:
    """Return the last moment of a day in UTC; other values unchanged."""
    return f"{value}T23:59:59.999999Z" if isinstance(value, str) and _DAY.fullmatch(value) else _moment(value)


def _in_range(value: datetime) -> datetime:
    if not FIRST <= value <= LAST:
        raise ValueError(f"must be between {FIRST:%Y-%m-%d} and {LAST:%Y-%m-%d}")
    return value


_MOMENT_OR_DAY = WithJsonSchema({"type": "string", "anyOf": [{"format": "date-time"}, {"format": "date"}]})

FromTime = Annotated[AwareDatetime, BeforeValidator(first_moment), AfterValidator(_in_range), _MOMENT_OR_DAY]
"""The beginning of a period, inclusive: a moment, or a day."""

ToTime = Annotated[AwareDatetime, BeforeValidator(last_moment), AfterValidator(_in_range), _MOMENT_OR_DAY]
"""The end of a period, inclusive: a moment, or a day."""

Moment = Annotated[AwareDatetime, BeforeValidator(_moment), AfterValidator(_in_range)]
"""A time in the body of a request."""


def _position(value: object) -> Position:
    return parse_position(str(value))


class DeliveryFilters(Document):
    """The query parameters of the list of deliveries; unknown ones are refused."""

    source: Text | None = Field(default=None, description="Who delivered it; case and a leading article do not matter.")
    name: Text | None = Field(default=None, description="The file's name.")
    path: Text | None = Field(default=None, description="The file's path below the inbox.")
    sha256: Annotated[str, StringConstraints(to_lower=True, pattern="^[0-9a-fA-F]{64}$")] | None = Field(
        default=None, description="SHA-256 of the file's bytes, in hex."
    )
    state: DeliveryState | None = Field(default=None, description="State of the delivery.")
    disposition: Disposition | None = Field(default=None, description="Disposition of the delivery.")
    reason: Reason | None = Field(default=None, description="Why it was rejected or quarantined.")
    article: Text | None = Field(default=None, description="Id of one of its articles.")
    received_from: FromTime | None = Field(
        default=None, description="Earliest arrival: RFC 3339 with offset, or a day (its start in UTC)."
    )
    received_to: ToTime | None = Field(
        default=None, description="Latest arrival: RFC 3339 with offset, or a day (its end in UTC)."
    )
    limit: int = Field(default=50, ge=1, le=MAX_ITEMS, description="Most items of the page.")
    cursor: Annotated[str, StringConstraints(pattern=DELIVERY)] | None = Field(
        default=None, description="`next_cursor` of the page before."
    )

    def query(self) -> DeliveryQuery:
        """Return the query for the ledger."""
        return DeliveryQuery(
            article_id=ArticleId(self.article) if self.article else None,
            before=DeliveryId(self.cursor) if self.cursor else None,
            **self.model_dump(exclude={"article", "cursor"}),
        )


class EventFilters(Document):
    """The query parameters of the stream of events; unknown ones are refused."""

    type: tuple[Annotated[str, AfterValidator(known_pattern)], ...] = Field(
        default=(),
        max_length=MAX_VALUES,
        description="Only events of this type; `*` stands for any characters: `article.*`. May be repeated.",
    )
    source: tuple[Text, ...] = Field(
        default=(), max_length=MAX_VALUES, description="Only events about what this source delivered. May be repeated."
    )
    topic: tuple[Text, ...] = Field(
        default=(),
        max_length=MAX_VALUES,
        description="Only events about articles with this code of an IPTC Media Topic. May be repeated.",
    )
    search: tuple[Annotated[str, StringConstraints(pattern=SEARCH)], ...] = Field(
        default=(), max_length=MAX_VALUES, description="Only hits of this standing search. May be repeated."
    )
    after: Annotated[Position, PlainValidator(_position), WithJsonSchema({"type": "string"})] | None = Field(
        default=None,
        description="Id of the last event that the client has, for the first connection; `0`: all that are stored.",
    )

    def filter(self) -> EventFilter:
        """Return the filter that chooses among events."""
        return EventFilter(types=self.type, sources=self.source, topics=self.topic, searches=self.search)


class SourceFilters(Document):
    """The query parameters of the list of sources; unknown ones are refused."""

    limit: int = Field(default=MAX_ITEMS, ge=1, le=MAX_ITEMS, description="Most items of the page.")
    cursor: Text | None = Field(default=None, description="`next_cursor` of the page before.")


class SourceList(Document):
    """A page of the statistics of each source, the busiest first; ``next_cursor`` is null on the last."""

    items: tuple[SourceReport, ...]
    next_cursor: str | None


class DeliveryList(Document):
    """A page of deliveries without their timelines; ``next_cursor`` is null on the last."""

    items: tuple[Delivery, ...]
    next_cursor: str | None


class QueueList(Document):
    """The broker's queues."""

    items: tuple[QueueDepth, ...]


class WorkerList(Document):
    """The last heartbeats of the workers, by name."""

    items: tuple[Heartbeat, ...]


class WebhookList(Document):
    """The endpoints of webhooks, the oldest first."""

    items: tuple[ShownEndpoint, ...]


class WebhookLog(Document):
    """The last attempts to send messages to an endpoint, the latest first."""

    items: tuple[Attempt, ...]


class DisableOrder(Document):
    """The query parameters of a request to switch an endpoint off; unknown ones are refused."""

    by: Text | None = Field(default=None, description="The person who decided it; by default the name of the key.")
    why: Text = Field(default="switched off by a person", description="Why it gets no messages any more.")


class ReplayOrder(Document):
    """The query parameters of a request to send dead messages again; unknown ones are refused."""

    event: Text | None = Field(default=None, description="Id of the event; null: all dead messages.")


class Replayed(Document):
    """How many messages are sent again."""

    count: int


class Health(Document):
    """The response of a successful health check: ``ok`` (alive) or ``ready``."""

    status: str
