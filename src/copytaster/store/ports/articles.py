"""The port of the articles: settled articles with their versions, copies and acceptances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from copytaster.model.article import Article, ArticleId, Duplicate, Tagging
from copytaster.model.delivery import DeliveryId


@dataclass(frozen=True, slots=True)
class Created:
    """The article is new, or this very delivery had stored it before; ``article`` is the version that it stored."""

    article: Article


@dataclass(frozen=True, slots=True)
class Existing:
    """Another delivery stored an article of this id first; ``article`` is its newest version.

    ``own_version`` is the number of the version that the asking delivery added earlier; None when it has added none.
    """

    article: Article
    own_version: int | None = None


@dataclass(frozen=True, slots=True)
class ArticleQuery:
    """Which articles to list, newest received first; None means any. Near-duplicates are not listed.

    ``published_from`` and ``published_to`` bound the publication time (``received_at`` where none is known), both
    ends included. ``text`` is a stretch of title or text, in any case, of the title alone where the text may not be
    used at the moment ``at``. ``among`` names the only articles to look at. ``cursor`` comes from the page before.
    """

    source: str | None = None
    topic: str | None = None
    entity: str | None = None
    keyword: str | None = None
    language: str | None = None
    published_from: datetime | None = None
    published_to: datetime | None = None
    text: str | None = None
    at: datetime | None = None
    among: frozenset[ArticleId] | None = None
    cursor: str | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class ArticlePage:
    """One page of a listing; ``next_cursor`` is None on the last."""

    articles: tuple[Article, ...]
    next_cursor: str | None


class Articles(Protocol):
    """The settled articles with their versions."""

    def create(self, article: Article, *, owner: DeliveryId) -> Created | Existing:
        """Store the first version unless the id is taken; atomically, so of many at once one creates it."""
        ...

    def add_version(self, article: Article, *, owner: DeliveryId) -> Article:
        """Store a further version and return it with its number.

        The version of the highest ``rank`` is the one that ``get`` shows; an older one goes to the history only.
        The same owner adding again gets the version it added before.
        """
        ...

    def annotate(self, article_id: ArticleId, version: int, tagging: Tagging) -> bool:
        """Write what the tag stage found. Returns False when the article has moved on to another version."""
        ...

    def add_duplicate(self, article_id: ArticleId, duplicate: Duplicate) -> None:
        """Link a later delivery; once per delivery, oldest first, however often it is called."""
        ...

    def get(self, article_id: ArticleId) -> Article | None:
        """Return the newest version."""
        ...

    def get_many(self, article_ids: Sequence[ArticleId]) -> list[Article]:
        """Return the newest versions of those that exist, in the order asked; one round trip."""
        ...

    def versions(self, article_id: ArticleId) -> list[Article]:
        """Return all versions, oldest first; empty when there is no such article."""
        ...

    def find(self, query: ArticleQuery) -> ArticlePage:
        """Return a page of the newest versions, near-duplicates left out."""
        ...

    def count(self) -> int:
        """Return how many articles ``find`` could list."""
        ...

    def remove_duplicate(self, article_id: ArticleId, copy: ArticleId) -> None:
        """Take away the links to the deliveries of ``copy``, which has turned out to be none."""
        ...

    def accept(self, article_id: ArticleId) -> None:
        """Let the article be one of its own: no version of it has a relation from now on, and it is listed.

        Also said before the article is there.
        """
        ...

    def is_accepted(self, article_id: ArticleId) -> bool:
        """Say whether the article was accepted."""
        ...
