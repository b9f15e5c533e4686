"""Documents that only the HTTP API uses: filters of lists, and pages of lists."""

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

MAX_ITEMS = 200
"""Most items of a page: 200 articles of 5 kB are a megabyte."""

STORY = "^s[0-9A-Za-z]+$"
"""Pattern of a story's id."""

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def _first_moment(value: object) -> object:
    return f"{value}T00:00:00Z" if isinstance(value, str) and _DAY.fullmatch(value) else value


def _last_moment(value: object) -> object:
    return f"{value}T23:59:59.999999Z" if isinstance(value, str) and _DAY.fullmatch(value) else value


class ArticleFilters(Document):
    """The query parameters of the list of articles; unknown ones are refused."""

    source: Text | None = Field(default=None, description="The source that sent it.")
    topic: Text | None = Field(default=None, description="Code or name of an IPTC Media Topic.")
    entity: Text | None = Field(default=None, description="Name of a person, organisation or place.")
    keyword: Text | None = Field(default=None, description="One of the article's keywords.")
    language: Text | None = Field(default=None, description="Language code, such as `en`.")
    story: Annotated[str, StringConstraints(pattern=STORY)] | None = Field(
        default=None, description="Present or earlier id of a story."
    )
    published_from: Annotated[AwareDatetime, BeforeValidator(_first_moment)] | None = Field(
        default=None, description="Earliest publication: RFC 3339 with offset, or a day (its start in UTC)."
    )
    published_to: Annotated[AwareDatetime, BeforeValidator(_last_moment)] | None = Field(
        default=None, description="Latest publication: RFC 3339 with offset, or a day (its end in UTC)."
    )
    q: Text | None = Field(default=None, description="A phrase in title or text; its case does not matter.")
    limit: int = Field(default=50, ge=1, le=MAX_ITEMS, description="Most items of the page.")
    cursor: Text | None = Field(default=None, description="`next_cursor` of the page before.")

    def query(self, among: frozenset[ArticleId] | None, *, at: datetime) -> ArticleQuery:
        """Return the query for the store; ``among`` are the articles of the story, if there is that filter."""
        filters = self.model_dump(exclude={"q", "story"})
        return ArticleQuery(text=self.q, among=among, at=at, **filters)


class DeliveryFilters(Document):
    """The query parameters of the list of deliveries; unknown ones are refused."""

    name: Text | None = Field(default=None, description="The file's name.")
    path: Text | None = Field(default=None, description="The file's path below the inbox.")
    sha256: Annotated[str, StringConstraints(to_lower=True, pattern="^[0-9a-fA-F]{64}$")] | None = Field(
        default=None, description="SHA-256 of the file's bytes, in hex."
    )
    state: DeliveryState | None = Field(default=None, description="State of the delivery.")
    disposition: Disposition | None = Field(default=None, description="Disposition of the delivery.")
    reason: Reason | None = Field(default=None, description="Why it was rejected or quarantined.")
    article: Text | None = Field(default=None, description="Id of one of its articles.")
    limit: int = Field(default=50, ge=1, le=MAX_ITEMS, description="Most items of the page.")
    cursor: Annotated[str, StringConstraints(pattern="^d[0-9a-f]{22}$")] | None = Field(
        default=None, description="`next_cursor` of the page before."
    )

    def query(self) -> DeliveryQuery:
        """Return the query for the ledger, with one item more than the page holds."""
        filters = self.model_dump(include={"name", "path", "sha256", "state", "disposition", "reason"})
        return DeliveryQuery(
            article_id=ArticleId(self.article) if self.article else None,
            before=DeliveryId(self.cursor) if self.cursor else None,
            limit=self.limit + 1,
            **filters,
        )


class ArticleList(Document):
    """A page of articles; ``next_cursor`` is null on the last."""

    items: tuple[ListedArticle, ...]
    next_cursor: str | None


class VersionList(Document):
    """All versions of one article, oldest first, each with its changes."""

    items: tuple[Version, ...]


class SourceList(Document):
    """Statistics of each source, the busiest first."""

    items: tuple[SourceCounts, ...]


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


class Health(Document):
    """The response of a successful health check: ``ok`` (alive) or ``ready``."""

    status: str
