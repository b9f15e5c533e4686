"""The events: one entry for each change, on a stream that every client can read."""

from __future__ import annotations

from enum import StrEnum

from pydantic import AwareDatetime

from copytaster.model.article import ArticleId, Document
from copytaster.model.delivery import DeliveryId
from copytaster.model.disposition import Disposition, Reason
from copytaster.model.progress import ItemEnd
from copytaster.model.release import Release
from copytaster.model.source_finding import SourceFinding
from copytaster.model.standing_search import MatchedSearch

SCHEMA_VERSION = 1
"""Version of the event's JSON form; it increases when a field changes its meaning or is removed."""


class EventKind(StrEnum):
    """The kind of a change, in the past tense."""

    DELIVERY_REGISTERED = "delivery.registered"
    DELIVERY_ADVANCED = "delivery.advanced"
    DELIVERY_SETTLED = "delivery.settled"
    ARTICLE_TAGGED = "article.tagged"
    ARTICLE_RELEASED = "article.released"
    ARTICLE_ACCEPTED = "article.accepted"
    ARTICLE_ACCEPTANCE_UNDONE = "article.acceptance_undone"
    ARTICLE_WITHHELD = "article.withheld"
    ARTICLE_DELETED = "article.deleted"
    ARTICLE_EXPIRED = "article.expired"
    DELIVERY_DISMISSED = "delivery.dismissed"
    DELIVERY_EXPIRED = "delivery.expired"
    ORIGINALS_EXPIRED = "originals.expired"
    STORY_CREATED = "story.created"
    STORY_GROWN = "story.grown"
    STORY_MERGED = "story.merged"
    STORY_SPLIT = "story.split"
    STORY_CLOSED = "story.closed"
    WEBHOOK_DISABLED = "webhook.disabled"
    SEARCH_MATCHED = "search.matched"
    SOURCE_QUIET = "source.quiet"
    SOURCE_FLOODING = "source.flooding"
    SOURCE_DRIFTING = "source.drifting"
    SOURCE_FROZEN = "source.frozen"
    SOURCE_GAP = "source.gap"
    SOURCE_RECOVERED = "source.recovered"


class Event(Document):
    """One change. ``id`` is assigned by the stream and orders events; fields that do not apply are null.

    An ``expired`` event is about all articles, deliveries or originals that the retention removed in one batch; of
    originals it has the ``count``. One about a story has its id, and the articles that were added; of a merge, the
    story that stays comes first, of a split, the one that was split.

    ``items`` are the items of a delivery since its last event, in their order. It is null if the delivery has one item
    and that may be used: then ``article_ids`` and ``disposition`` say the same. ``searches`` are standing searches that
    the article meets. ``finding`` is what has begun or, of a source that recovered, ended to be unusual about a source.
    """

    id: str
    schema_version: int
    kind: EventKind
    at: AwareDatetime
    delivery_id: DeliveryId | None = None
    article_ids: tuple[ArticleId, ...] = ()
    delivery_ids: tuple[DeliveryId, ...] = ()
    story_ids: tuple[str, ...] = ()
    disposition: Disposition | None = None
    reason: Reason | None = None
    count: int | None = None
    items: tuple[ItemEnd, ...] | None = None
    webhook_id: str | None = None
    searches: tuple[MatchedSearch, ...] = ()
    finding: SourceFinding | None = None


def release_kind(decision: Release | None) -> EventKind:
    """Return the kind of the event for the end of an embargo (None), or for a person's decision."""
    return EventKind.ARTICLE_WITHHELD if decision and decision.at is None else EventKind.ARTICLE_RELEASED


def released_line(article_id: ArticleId, decision: Release | None) -> str:
    """Return the timeline's line about the end of an embargo (None), or about a person's decision."""
    if decision is None:
        return f"the embargo of {article_id} is over: released"
    what = "released" if decision.at else "withheld again"
    return f"{article_id} was {what} by {decision.by}" + (f": {decision.reason}" if decision.reason else "")


def accepted_line(article_id: ArticleId, *, undone: bool = False) -> str:
    """Return the timeline's line about a copy that a person accepted as an article, or that is a copy again."""
    return f"{article_id} is a copy again" if undone else f"{article_id} was accepted as a separate article"
