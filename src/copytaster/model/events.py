"""What others are told: one entry per change, on a stream that anyone can follow."""

from __future__ import annotations

from enum import StrEnum

from pydantic import AwareDatetime

from copytaster.model.article import ArticleId, Document
from copytaster.model.delivery import DeliveryId
from copytaster.model.disposition import Disposition, Reason

SCHEMA_VERSION = 1
"""Version of the event's JSON form; it rises when a field changes its meaning or goes."""


class EventKind(StrEnum):
    """What happened, in the past tense."""

    DELIVERY_REGISTERED = "delivery.registered"
    DELIVERY_SETTLED = "delivery.settled"
    ARTICLE_TAGGED = "article.tagged"
    ARTICLE_RELEASED = "article.released"
    ARTICLE_ACCEPTED = "article.accepted"


class Event(Document):
    """One change. ``id`` is the stream's and orders events; the other fields are null where they do not apply."""

    id: str
    schema_version: int
    kind: EventKind
    at: AwareDatetime
    delivery_id: DeliveryId | None = None
    article_ids: tuple[ArticleId, ...] = ()
    disposition: Disposition | None = None
    reason: Reason | None = None


def released_line(article_id: ArticleId) -> str:
    """Return what the timeline says of an embargo's end."""
    return f"the embargo of {article_id} is over: released"


def accepted_line(article_id: ArticleId) -> str:
    """Return what the timeline says of a copy that a person takes for no copy."""
    return f"{article_id} was accepted as an article of its own"
