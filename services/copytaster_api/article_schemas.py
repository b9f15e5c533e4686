"""Documents about articles that only the HTTP API uses: filters, pages of lists, and the bodies of decisions."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints, WithJsonSchema

from copytaster.articles.views import VERSIONS, ListedArticle, Version
from copytaster.model.article import Article, ArticleId, ArticleStatus, Document, Duplicate, Text
from copytaster.search.query import Order
from copytaster.store.ports.articles import ArticleQuery, StatusAt
from copytaster_api.article_fields import DESCRIPTION as FIELDS
from copytaster_api.article_fields import known_fields, schema_of_names
from copytaster_api.schemas import DELIVERY, MAX_ITEMS, STORY, FromTime, Moment, ToTime


class ArticleConditions(Document):
    """The query parameters by which lists, exports and feeds choose among articles; unknown ones are refused."""

    source: Text | None = Field(default=None, description="Who delivered it; case and a leading article do not matter.")
    publisher: Text | None = Field(
        default=None, description="Who the file names as its publisher; compared in the same way."
    )
    topic: Text | None = Field(default=None, description="Code or name of an IPTC Media Topic.")
    entity: Text | None = Field(default=None, description="Name of a person, organisation or place.")
    keyword: Text | None = Field(default=None, description="One of the article's keywords.")
    tag: Text | None = Field(default=None, description="A tag that a user's rule set.")
    language: Text | None = Field(default=None, description="Language code, such as `en`.")
    status: ArticleStatus | None = Field(default=None, description="Whether it may be used at present.")
    story: Annotated[str, StringConstraints(pattern=STORY)] | None = Field(
        default=None, description="Present or earlier id of a story; of a larger one, its newest 2,000 articles."
    )
    published_from: FromTime | None = Field(
        default=None, description="Earliest publication: RFC 3339 with offset, or a day (its start in UTC)."
    )
    published_to: ToTime | None = Field(
        default=None, description="Latest publication: RFC 3339 with offset, or a day (its end in UTC)."
    )
    received_from: FromTime | None = Field(
        default=None, description="Earliest receipt: RFC 3339 with offset, or a day (its start in UTC)."
    )
    received_to: ToTime | None = Field(
        default=None, description="Latest receipt: RFC 3339 with offset, or a day (its end in UTC)."
    )

    def conditions(self, among: frozenset[ArticleId] | None, *, now: datetime) -> ArticleQuery:
        """Return the query for the store; ``among`` are the articles of the filter ``story``, and perhaps of others."""
        chosen = self.model_dump(include=ArticleConditions.model_fields.keys() - {"story", "status"})
        return ArticleQuery(among=among, status=StatusAt(self.status, now) if self.status else None, **chosen)


class ArticleSelection(ArticleConditions):
    """The query parameters of lists of articles by page; unknown ones are refused."""

    format: Text | None = Field(default=None, description="Format of the file, such as `ninjs` or `pdf`.")
    q: Text | None = Field(
        default=None,
        description='Search in the texts: words, "phrases", -excluded, begin* and field:value; all must hold.',
    )
    sort: Order = Field(default=Order.NEWEST, description="`newest` received first, or with `q` by `relevance`.")
    withheld: bool = Field(
        default=False, description="Only withheld without an end, until a person releases them; at most 1,000."
    )
    limit: int = Field(default=50, ge=1, le=MAX_ITEMS, description="Most items of the page.")
    cursor: Text | None = Field(default=None, description="`next_cursor` of the page before.")

    def query(self, among: frozenset[ArticleId] | None, *, now: datetime) -> ArticleQuery:
        """Return the query for the store; ``among`` are the articles of the filters ``story`` and ``withheld``."""
        return replace(self.conditions(among, now=now), format=self.format, limit=self.limit, cursor=self.cursor)


class ArticleFilters(ArticleSelection):
    """The query parameters of the list of articles; unknown ones are refused."""

    fields: (
        Annotated[str, AfterValidator(known_fields(ListedArticle)), WithJsonSchema(schema_of_names(ListedArticle))]
        | None
    ) = Field(default=None, description=FIELDS)


class ArticleView(Document):
    """The query parameters of a single article; unknown ones are refused."""

    fields: Annotated[str, AfterValidator(known_fields(Article)), WithJsonSchema(schema_of_names(Article))] | None = (
        Field(default=None, description=FIELDS)
    )


class ReleaseOrder(Document):
    """The body of a request to release a withheld article; every field may be absent."""

    at: Moment | None = Field(default=None, description="When it becomes usable, RFC 3339 with offset; null: at once.")
    by: Text | None = Field(default=None, description="The person who decided it; by default the name of the key.")
    reason: Text | None = Field(default=None, description="Why it may be used.")
    version: int | None = Field(
        default=None,
        ge=1,
        strict=True,
        description="The version that the person has read; 409 if another one is the current one.",
    )
    undo: bool = Field(default=False, strict=True, description="Withhold it again, as its provider states.")


class PinOrder(Document):
    """The query parameters of a request to pin or unpin an article; unknown ones are refused."""

    by: Text | None = Field(default=None, description="The person who decided it; by default the name of the key.")
    reason: Text | None = Field(default=None, description="Why it is kept, or no longer.")


class DeletionOrder(Document):
    """The query parameters of a request to delete an article; unknown ones are refused."""

    by: Text | None = Field(default=None, description="The person who deletes it; by default the name of the key.")
    reason: Text | None = Field(default=None, description="Why it is deleted.")
    with_original: bool = Field(
        default=False, description="Remove its files from the archive too, unless other articles need them."
    )


class DuplicateFilters(Document):
    """The query parameters of the list of an article's copies; unknown ones are refused."""

    limit: int = Field(default=50, ge=1, le=MAX_ITEMS, description="Most items of the page.")
    cursor: Annotated[str, StringConstraints(pattern=DELIVERY)] | None = Field(
        default=None, description="`next_cursor` of the page before."
    )


class ArticleList(Document):
    """A page of articles; ``next_cursor`` is null on the last."""

    items: tuple[ListedArticle, ...]
    next_cursor: str | None


class DuplicateList(Document):
    """A page of an article's copies; ``next_cursor`` is null on the last."""

    items: tuple[Duplicate, ...]
    next_cursor: str | None


class VersionFilters(Document):
    """The query parameters of the list of an article's versions; unknown ones are refused."""

    limit: int = Field(default=VERSIONS, ge=1, le=VERSIONS, description="Most items of the page.")
    cursor: Text | None = Field(default=None, description="`next_cursor` of the page before.")


class VersionList(Document):
    """A page of versions of one article, oldest first, each with its changes; ``next_cursor`` is null on the last."""

    items: tuple[Version, ...]
    next_cursor: str | None
