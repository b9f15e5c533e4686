"""The port of the articles: settled articles with their versions, and listings of them.

An article is stored by the delivery that brings it, which is the *owner* of the version: a redelivery stores nothing
twice, and gets the version that its first run stored. Deliveries of copies are linked to the article. A person may
*accept* an article that was stored as a copy: its relation is ignored from then on, and listings show it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from copytaster.model.article import Article, ArticleId, Duplicate, Tagging
from copytaster.model.delivery import DeliveryId


@dataclass(frozen=True, slots=True)
class Created:
    """The article is new, or this delivery stored it in an earlier run; ``article`` is the version that it stored."""

    article: Article


@dataclass(frozen=True, slots=True)
class Existing:
    """Another delivery stored an article of this id first; ``article`` is its newest version.

    ``own_version`` is the number of the version that the calling delivery added earlier; None if it has added none.
    """

    article: Article
    own_version: int | None = None


@dataclass(frozen=True, slots=True)
class ArticleQuery:
    """Conditions on the articles to list, newest received first; None means any. Near-duplicates are not listed.

    ``published_from`` and ``published_to`` are inclusive bounds of the publication time (of ``received_at`` if it is
    unknown). ``text`` is a part of the title or the text, in upper or lower case; only the title is searched if the
    text may not be used at the time ``at``. ``among`` restricts the query to these articles. ``cursor`` is the
    ``next_cursor`` of the previous page.
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
    """One page of a listing; ``next_cursor`` is None on the last page."""

    articles: tuple[Article, ...]
    next_cursor: str | None


class Articles(Protocol):
    """Stores articles with their versions. Every method raises ``TransientError`` if the server does not answer."""

    def create(self, article: Article, *, owner: DeliveryId) -> Created | Existing:
        """Store the first version unless the id exists; atomically, so that only one of several callers creates it."""
        ...

    def add_version(self, article: Article, *, owner: DeliveryId) -> Article:
        """Store a further version and return it with its number.

        ``get`` returns the version with the highest ``rank``; one with a lower rank is only added to the history.
        A repeated call by the same owner returns the version that it added before.
        """
        ...

    def annotate(self, article_id: ArticleId, version: int, tagging: Tagging) -> bool:
        """Write the results of the tag stage. Returns False if another version has become the current one."""
        ...

    def add_duplicate(self, article_id: ArticleId, duplicate: Duplicate) -> None:
        """Link a later delivery to the article, once. Links are ordered by delivery, oldest first."""
        ...

    def remove_duplicate(self, article_id: ArticleId, copy: ArticleId) -> None:
        """Remove the links to the deliveries of ``copy``, which turned out not to be a copy of the article."""
        ...

    def accept(self, article_id: ArticleId) -> None:
        """Accept an article that was stored as a copy: none of its versions has a relation any more, and it is listed.

        May be called before the article is stored.
        """
        ...

    def is_accepted(self, article_id: ArticleId) -> bool:
        """Return whether the article was accepted."""
        ...

    def get(self, article_id: ArticleId) -> Article | None:
        """Return the current version; None if there is no such article."""
        ...

    def get_many(self, article_ids: Sequence[ArticleId]) -> list[Article]:
        """Return the current versions of the articles that exist, in the order of the ids; one round trip."""
        ...

    def versions(self, article_id: ArticleId) -> list[Article]:
        """Return all versions in the order of storage; empty if there is no such article."""
        ...

    def find(self, query: ArticleQuery) -> ArticlePage:
        """Return a page of current versions, without near-duplicates."""
        ...

    def count(self) -> int:
        """Return how many articles ``find`` lists without conditions."""
        ...
