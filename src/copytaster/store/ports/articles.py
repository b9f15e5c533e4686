"""The port of the articles: settled articles with their versions, and listings of them.

An article is stored by the delivery that brings it, which is the *owner* of the version: a redelivery stores nothing
twice, and gets the version that its first run stored. Deliveries of copies are linked to the article. A person may
*accept* an article that was stored as a copy: its relation is ignored from then on, and listings show it. A person may
*release* a withheld version: it has the field ``release`` from then on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Protocol

from copytaster.errors import RefusedError
from copytaster.model.article import Article, ArticleId, ArticleStatus, Duplicate, Relation, Tagging
from copytaster.model.article_document import ArticleDocument
from copytaster.model.deletion import Deletion, describe_deletion
from copytaster.model.delivery import DeliveryId
from copytaster.model.disposition import Reason
from copytaster.model.pin import Pin
from copytaster.model.release import Release

NEWEST_DUPLICATES = 20
"""Copies in the document of an article: as many as fit on a screen, 4 KB. Most articles have none, few have more."""


MOST_EXAMINED = 500
"""Articles that do not match and are read for one page nevertheless: some 50 ms. Not every condition has an index, and
of several conditions one index is read; the page then ends early, and its cursor goes on.
"""


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
class StatusAt:
    """The status of an article at a moment: an embargo ends by itself."""

    status: ArticleStatus
    moment: datetime


@dataclass(frozen=True, slots=True)
class ArticleQuery:
    """Conditions on the articles to list, newest received first; None means any. Near-duplicates are not listed.

    ``source`` and ``publisher`` are compared by ``name_key``. ``published_from`` and ``published_to`` are inclusive
    bounds of the publication time (of ``received_at`` if it is unknown), ``received_from`` and ``received_to`` of the
    receipt. ``among`` restricts the query to these articles. ``cursor`` is the ``next_cursor`` of the previous page.
    Texts are searched by ``copytaster.search``.
    """

    source: str | None = None
    publisher: str | None = None
    topic: str | None = None
    entity: str | None = None
    keyword: str | None = None
    tag: str | None = None
    language: str | None = None
    format: str | None = None
    status: StatusAt | None = None
    published_from: datetime | None = None
    published_to: datetime | None = None
    received_from: datetime | None = None
    received_to: datetime | None = None
    among: frozenset[ArticleId] | None = None
    cursor: str | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class ArticlePage:
    """One page of a listing; ``next_cursor`` is None on the last page only: another page may be short, or empty."""

    articles: tuple[Article, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """The same page with the articles in the form of their documents."""

    documents: tuple[ArticleDocument, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class DuplicatePage:
    """One page of an article's copies, the newest first; ``next_cursor`` is None on the last page."""

    duplicates: tuple[Duplicate, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class VersionPage:
    """One page of an article's versions by ``version_order``: the current one is last; without links to copies.

    ``previous`` is the version before the page, None on the first page. ``next_cursor`` is None on the last page.
    """

    previous: Article | None
    versions: tuple[Article, ...]
    next_cursor: str | None


class DeletedArticleError(RefusedError):
    """A person deleted the article."""

    def __init__(self, deletion: Deletion) -> None:
        super().__init__(Reason.DELETED, describe_deletion(deletion))


@dataclass(frozen=True, slots=True)
class Annotation:
    """The results of the tag stage for a version of an article, which has this text."""

    article_id: ArticleId
    version: int
    text: str
    tagging: Tagging


class ChangeStart(Enum):
    """Whether the change of an article by a person may be made."""

    BEGUN = 1
    OTHER_STATE = 0
    BUSY = -1


class Articles(Protocol):
    """Stores articles with their versions. Every method raises ``TransientError`` if the server does not answer."""

    def create(self, article: Article, *, owner: DeliveryId) -> Created | Existing:
        """Store the first version unless the id exists; atomically, so that only one of several callers creates it.

        Raises ``DeletedArticleError`` if a person deleted the article.
        """
        ...

    def create_many(
        self, articles: Sequence[tuple[Article, DeliveryId]]
    ) -> list[Created | Existing | DeletedArticleError]:
        """Do ``create`` for each article and its owner, one after another; two round trips if all of them are new.

        The error of an article that a person deleted is returned, not raised.
        """
        ...

    def add_version(self, article: Article, *, owner: DeliveryId) -> Article:
        """Store a further version and return it with its number.

        ``get`` returns the latest version by ``version_order``; an earlier one is only added to the history.
        A repeated call by the same owner returns the version that it added before. Raises ``DeletedArticleError``.
        """
        ...

    def annotate(self, article_id: ArticleId, version: int, tagging: Tagging) -> bool:
        """Write the results of the tag stage. Returns False if another version has become the current one."""
        ...

    def annotate_many(self, annotations: Sequence[Annotation]) -> set[ArticleId]:
        """Write the results of several articles, and return those to which they were written; two round trips."""
        ...

    def add_duplicate(self, article_id: ArticleId, duplicate: Duplicate) -> None:
        """Link a later delivery to the article, once; however many links there are, at the same cost.

        ``get`` and the like return the ``NEWEST_DUPLICATES`` newest, ordered by delivery, oldest first.
        """
        ...

    def duplicates(self, article_id: ArticleId, *, cursor: str | None = None, limit: int) -> DuplicatePage:
        """Return a page of the links, ordered by delivery, newest first.

        ``cursor`` is the ``next_cursor`` of the previous page.
        """
        ...

    def remove_duplicate(self, article_id: ArticleId, copy: ArticleId) -> list[Duplicate]:
        """Remove and return the links to the deliveries of ``copy``, which turned out to be no copy of the article."""
        ...

    def accept(self, article_id: ArticleId) -> None:
        """Accept an article that was stored as a copy: none of its versions has a relation any more, and it is listed.

        May be called before the article is stored.
        """
        ...

    def undo_acceptance(self, article_id: ArticleId) -> None:
        """Let the relation of an accepted article count again: a copy is listed no more. May be called without it."""
        ...

    def stored_relation(self, article_id: ArticleId) -> Relation | None:
        """Return the relation with which the current version was stored, also of an accepted article."""
        ...

    def accepted(self, article_ids: Sequence[ArticleId]) -> frozenset[ArticleId]:
        """Return those of the articles that were accepted; one round trip."""
        ...

    def is_accepted(self, article_id: ArticleId) -> bool:
        """Return whether the article was accepted."""
        ...

    def release(self, article_id: ArticleId, origin: str, release: Release) -> None:
        """Store a decision about the version of this ``origin``, which replaces an earlier one about the article.

        May be called before the article is stored. No other version has the field ``release``.
        """
        ...

    def state(self, article_id: ArticleId) -> str:
        """Return what identifies the article's state; empty for an unknown id.

        It is another one after a change of the current version, its labels, the number of copies, and after each change
        by a person. The article's story has no part in it.
        """
        ...

    def begin_change(
        self, article_id: ArticleId, *, owner: str, lease: timedelta, state: str | None = None
    ) -> ChangeStart:
        """Begin the change of an article by a person, if nobody else changes it, and if it is in this ``state``.

        Both are compared in the same moment in which the change begins. It ends with ``end_change``, or after
        ``lease``.
        """
        ...

    def end_change(self, article_id: ArticleId, *, owner: str) -> None:
        """End a change: the article is in another state from now on, and others may change it."""
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

    def version(self, article_id: ArticleId, number: int) -> Article | None:
        """Return the version with this number, without the links to copies; None if there is none."""
        ...

    def version_page(self, article_id: ArticleId, *, cursor: str | None = None, limit: int) -> VersionPage:
        """Return a page of the versions; ``cursor`` is the ``next_cursor`` of the previous page.

        Raises ``WrongCursorError``.
        """
        ...

    def version_count(self, article_id: ArticleId) -> int:
        """Return how many versions there are; 0 if there is no such article."""
        ...

    def repeated(self, article: Article) -> list[Article]:
        """Return the stored versions of the article that this one may repeat, without links to copies.

        Of the versions with the same words, status and embargo, and of those with the same number of the provider, the
        newest one is returned, however many versions there are.
        """
        ...

    def first_receipts(self, article_ids: Sequence[ArticleId]) -> dict[ArticleId, datetime]:
        """Return when the first version of each article that exists was received; one round trip."""
        ...

    def find(self, query: ArticleQuery) -> ArticlePage:
        """Return a page of current versions, without near-duplicates. Raises ``WrongCursorError``.

        A page may have fewer articles than the limit although others follow, because at most about ``MOST_EXAMINED``
        articles that do not match are read for it. Articles that arrive or are removed between two pages change
        nothing for the others: each is on one page.
        """
        ...

    def find_documents(self, query: ArticleQuery) -> DocumentPage:
        """Return the page of ``find`` in the form of documents, which takes half of its time or less.

        A store that remembers documents returns the same object as long as the stored article has not changed.
        """
        ...

    def get_documents(self, article_ids: Sequence[ArticleId]) -> list[ArticleDocument]:
        """Return what ``get_many`` does in the form of documents."""
        ...

    def count(self) -> int:
        """Return how many articles ``find`` lists without conditions."""
        ...

    def refuse(self, deletion: Deletion) -> None:
        """Store the tombstone of an article: no version of it is stored any more. The stored ones stay."""
        ...

    def deletions(self, article_ids: Sequence[ArticleId]) -> dict[ArticleId, Deletion]:
        """Return the tombstones of those of the articles that a person deleted; one round trip."""
        ...

    def deletion(self, article_id: ArticleId) -> Deletion | None:
        """Return the tombstone of the article; None if it was not deleted."""
        ...

    def pin(self, article_id: ArticleId, pin: Pin) -> None:
        """Pin an article: ``unchanged`` does not return it until it is unpinned. May be called before it is stored."""
        ...

    def unpin(self, article_id: ArticleId) -> None:
        """Unpin an article: its age counts from its last change."""
        ...

    def pins(self, article_ids: Sequence[ArticleId]) -> dict[ArticleId, Pin]:
        """Return the pins of those of the articles that are pinned; one round trip."""
        ...

    def postpone(self, article_id: ArticleId, *, until: datetime) -> None:
        """Treat an article as changed at this time, unless it has changed later: it is kept for longer."""
        ...

    def unchanged(self, *, before: datetime, limit: int) -> list[ArticleId]:
        """Return articles, also copies, whose last change was before this time, the earliest change first.

        A change is the receipt of a version or of a copy. The end of an embargo counts as one, and so does the time for
        which a person released it. Pinned articles are left out.
        """
        ...

    def count_unchanged(self, *, before: datetime) -> int:
        """Return how many articles, also copies, had their last change before this time."""
        ...

    def last_changes(self, article_ids: Sequence[ArticleId]) -> dict[ArticleId, datetime]:
        """Return the times of the last changes of those of the articles that are stored and not pinned."""
        ...

    def oldest_change(self) -> datetime | None:
        """Return the earliest of the times of the last changes; None if there are none but of pinned articles."""
        ...

    def remove_many(self, article_ids: Sequence[ArticleId], *, before: datetime | None) -> frozenset[ArticleId]:
        """Remove articles with their versions, links and entries in listings, and return those that were removed.

        ``unchanged`` still returns them. One that has changed at ``before`` or later stays (None: it is removed in any
        case), and one that is changed at this moment, also by a person. A repeated call completes an interrupted one.
        Four round trips, and more for those that have changed.
        """
        ...

    def end_removals(self, article_ids: Sequence[ArticleId], *, before: datetime | None) -> frozenset[ArticleId]:
        """Remove the last trace of each article, unless it has changed since: ``unchanged`` returns it no longer.

        Returns each article once for each removal, however many processes remove it at once. One round trip.
        """
        ...

    def ids(self, position: int) -> tuple[int, list[ArticleId]]:
        """Return some of the ids of all articles, also copies, and the next position; 0 begins and ends.

        Articles that are stored or removed meanwhile may be missing, and an id may be returned twice.
        """
        ...

    def originals(self, position: int, *, received_before: datetime) -> tuple[int, frozenset[str]]:
        """Return the sha256 of the originals of some articles' versions, and the next position; 0 begins and ends.

        Articles without a version that was received before this time may be left out. Cost: bounded, for each call.
        """
        ...

    def sweep(self, position: int) -> int:
        """Check some of the keys and return the next position; 0 begins and ends. Cost: bounded, for each call.

        Entries of removed articles are removed from the listings: replaced taggings leave such. Articles that an
        earlier release stored without the time of their last change get it, so that ``unchanged`` returns them.
        """
        ...
