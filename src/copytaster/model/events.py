"""The events: one entry for each change, on a stream that every client can read."""

from __future__ import annotations

from enum import StrEnum

from pydantic import AwareDatetime

from copytaster.model.article import ArticleId, Document
from copytaster.model.delivery import DeliveryId
from copytaster.model.disposition import Disposition, Reason

SCHEMA_VERSION = 1
"""Version of the event's JSON form; it increases when a field changes its meaning or is removed."""


class EventKind(StrEnum):
    """The kind of a change, in the past tense."""

    DELIVERY_REGISTERED = "delivery.registered"
    DELIVERY_SETTLED = "delivery.settled"
    ARTICLE_TAGGED = "article.tagged"
    ARTICLE_RELEASED = "article.released"
    ARTICLE_ACCEPTED = "article.accepted"


class Event(Document):
    """One change. ``id`` is assigned by the stream and orders events; fields that do not apply are null."""

    id: str
    schema_version: int
    kind: EventKind
    at: AwareDatetime
    delivery_id: DeliveryId | None = None
    article_ids: tuple[ArticleId, ...] = ()
    disposition: Disposition | None = None
    reason: Reason | None = None


def released_line(article_id: ArticleId) -> str:
    """Return the timeline's line about the end of an embargo."""
    return f"the embargo of {article_id} is over: released"


def accepted_line(article_id: ArticleId) -> str:
    """Return the timeline's line about a copy that a person accepted as an article."""
    return f"{article_id} was accepted as a separate article"
