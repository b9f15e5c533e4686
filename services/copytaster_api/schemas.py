"""The shapes that only HTTP knows: filters of listings, and the envelopes around lists."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BeforeValidator, Field, StringConstraints

from copytaster.articles.views import ListedArticle, Version
from copytaster.model.article import ArticleId, Document, Text
from copytaster.model.delivery import Delivery, DeliveryId, DeliveryState
from copytaster.model.disposition import Disposition, Reason
from copytaster.model.work import QueueDepth
from copytaster.store.ports.articles import ArticleQuery
from copytaster.store.ports.ledger import DeliveryQuery
from copytaster.store.ports.presence import Heartbeat
from copytaster.store.ports.source_statistics import SourceCounts

MOST_ITEMS = 200
"""Longest page: 200 articles of 5 kB are a megabyte, which a browser still takes at once."""

STORY = "^s[0-9A-Za-z]+$"
"""What the id of a story looks like."""

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def _first_moment(value: object) -> object:
    return f"{value}T00:00:00Z" if isinstance(value, str) and _DAY.fullmatch(value) else value


def _last_moment(value: object) -> object:
    return f"{value}T23:59:59.999999Z" if isinstance(value, str) and _DAY.fullmatch(value) else value


class ArticleFilters(Document):
    """The query parameters of the list of articles; an unknown one is refused rather than ignored."""

    source: Text | None = Field(default=None, description="Who sent it.")
    topic: Text | None = Field(default=None, description="Code or name of an IPTC Media Topic.")
    entity: Text | None = Field(default=None, description="Name of a person, organisation or place.")
    keyword: Text | None = Field(default=None, description="One of the article's keywords.")
    language: Text | None = Field(default=None, description="Language code, such as `en`.")
    story: Annotated[str, StringConstraints(pattern=STORY)] | None = Field(
        default=None, description="Id of a story, the present one or one of old."
    )
    published_from: Annotated[AwareDatetime, BeforeValidator(_first_moment)] | None = Field(
        default=None, description="Earliest publication: RFC 3339 with offset, or a day (its start in UTC)."
    )
    published_to: Annotated[AwareDatetime, BeforeValidator(_last_moment)] | None = Field(
        default=None, description="Latest publication: RFC 3339 with offset, or a day (its end in UTC)."
    )
    q: Text | None = Field(default=None, description="A stretch of title or text, whatever its case.")
    limit: int = Field(default=50, ge=1, le=MOST_ITEMS, description="Most items on the page.")
    cursor: Text | None = Field(default=None, description="`next_cursor` of the page before.")

    def query(self, among: frozenset[ArticleId] | None, *, at: datetime) -> ArticleQuery:
        """Return the question for the store; ``among`` are the articles of the story, where one is asked for."""
        given = self.model_dump(exclude={"q", "story"})
        return ArticleQuery(text=self.q, among=among, at=at, **given)


class DeliveryFilters(Document):
    """The query parameters of the list of deliveries; an unknown one is refused rather than ignored."""

    name: Text | None = Field(default=None, description="The file's name.")
    path: Text | None = Field(default=None, description="The file's path below the inbox.")
    sha256: Annotated[str, StringConstraints(to_lower=True, pattern="^[0-9a-fA-F]{64}$")] | None = Field(
        default=None, description="SHA-256 of the file's bytes, in hex."
    )
    state: DeliveryState | None = Field(default=None, description="Where the delivery is.")
    disposition: Disposition | None = Field(default=None, description="How the delivery ended.")
    reason: Reason | None = Field(default=None, description="Why it was rejected or quarantined.")
    article: Text | None = Field(default=None, description="Id of an article that came out of it.")
    limit: int = Field(default=50, ge=1, le=MOST_ITEMS, description="Most items on the page.")
    cursor: Annotated[str, StringConstraints(pattern="^d[0-9a-f]{22}$")] | None = Field(
        default=None, description="`next_cursor` of the page before."
    )

    def query(self) -> DeliveryQuery:
        """Return the question for the ledger, for one item more than a page holds: whether there is a next one."""
        given = self.model_dump(include={"name", "path", "sha256", "state", "disposition", "reason"})
        return DeliveryQuery(
            article_id=ArticleId(self.article) if self.article else None,
            before=DeliveryId(self.cursor) if self.cursor else None,
            limit=self.limit + 1,
            **given,
        )


class ArticleList(Document):
    """A page of articles; ``next_cursor`` is null on the last."""

    items: tuple[ListedArticle, ...]
    next_cursor: str | None


class VersionList(Document):
    """All versions of one article, oldest first, each with what it changed."""

    items: tuple[Version, ...]


class SourceList(Document):
    """What each source has sent, the busiest first."""

    items: tuple[SourceCounts, ...]


class DeliveryList(Document):
    """A page of deliveries without their timelines; ``next_cursor`` is null on the last."""

    items: tuple[Delivery, ...]
    next_cursor: str | None


class QueueList(Document):
    """The broker's queues."""

    items: tuple[QueueDepth, ...]


class WorkerList(Document):
    """The heartbeats of the workers that are not yet forgotten, by name."""

    items: tuple[Heartbeat, ...]


class Health(Document):
    """The answer of a health check that succeeds: ``ok`` (alive) or ``ready``."""

    status: str
