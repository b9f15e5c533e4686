"""The questions that the pipeline asks of its store, without saying how they are answered.

Each port has two implementations, ``memory`` (the fake that ships) and ``redis``; one contract test runs over both.
All writes are idempotent: sent twice, they act once, because clients retry and messages are delivered more than once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from pydantic import AwareDatetime, Field

from copytaster.article import Article, ArticleId, Document, Duplicate, Tagging
from copytaster.delivery import Balance, Delivery, DeliveryId, DeliveryState, Outcome
from copytaster.disposition import Disposition, Reason
from copytaster.events import Event
from copytaster.store.acceptances import Acceptances
from copytaster.store.item_progress import ItemProgress
from copytaster.store.refusals import Refusals
from copytaster.store.standings import Standings
from copytaster.store.taggings import Taggings
from copytaster.work import Work


@dataclass(frozen=True, slots=True)
class Lease:
    """A worker's ownership of a delivery or of an article's tagging; ``attempt`` counts from 1.

    ``faults`` is how many of a delivery's attempts ended with a dead worker or a broken program.
    """

    attempt: int
    faults: int = 0


@dataclass(frozen=True, slots=True)
class DeliveryQuery:
    """Which deliveries to list, newest first; None means any. ``before`` is the id to go on after."""

    name: str | None = None
    path: str | None = None
    sha256: str | None = None
    article_id: ArticleId | None = None
    state: DeliveryState | None = None
    disposition: Disposition | None = None
    reason: Reason | None = None
    before: DeliveryId | None = None
    limit: int = 50


class Ledger(Taggings, ItemProgress, Standings, Protocol):
    """The queue of record: one record per delivery, with due times, leases, attempts and the closed balance.

    Events are written in the same transaction as the change that they tell of. What is refused changes nothing but
    the counts of ``refusals``.
    """

    def register(self, delivery: Delivery, *, due_in: timedelta, by: str) -> bool:
        """Record a new delivery, in flight and due in its lane. Returns False when its id is known already."""
        ...

    def begin(self, delivery_id: DeliveryId, *, owner: str, lease: timedelta, lane: Work = Work.INGEST) -> Lease | None:
        """Take the delivery and count the attempt, before the work. ``lane`` is the one that the worker works for.

        Returns None when there is nothing to do: unknown, settled, leased by another owner, or a suspect and ``lane``
        another one. The same owner asking again gets the same lease, uncounted. While the lease runs the delivery is
        due at its end. One that was begun and has not ended counts a fault; with ``TRUSTED_FAULTS`` of them it becomes
        a suspect, due at once, and there is nothing to do either.
        """
        ...

    def postpone(
        self, delivery_id: DeliveryId, *, owner: str, due_in: timedelta, why: str, fault: bool = False
    ) -> bool:
        """Give the lease back and make the delivery due again later. Returns False when ``owner`` does not hold it.

        A ``fault`` is counted; with ``TRUSTED_FAULTS`` of them the delivery becomes a suspect.
        """
        ...

    def settle(self, delivery_id: DeliveryId, outcome: Outcome, *, by: str) -> bool:
        """End the delivery: disposition, no longer due, ``outcome.to_tag`` due after ``FIRST_DUE``, all at once.

        The tagging waits in the lane's queue of ``TAGGING``. Returns False when the delivery is unknown or settled
        already: the first end stays.
        """
        ...

    def note_retry(self, delivery_id: DeliveryId, retried_as: DeliveryId, *, by: str) -> DeliveryId | None:
        """Note that a settled delivery's file comes again as the delivery ``retried_as``; its end stays as it is.

        Returns the id that it is retried as: of many that ask, the first one's. Returns None, and changes nothing, when
        the delivery is unknown or not settled.
        """
        ...

    def get(self, delivery_id: DeliveryId) -> Delivery | None:
        """Return the record with its timeline."""
        ...

    def states(self, delivery_ids: Sequence[DeliveryId]) -> dict[DeliveryId, DeliveryState]:
        """Return where each delivery is, without those that are unknown; one round trip."""
        ...

    def find(self, query: DeliveryQuery) -> list[Delivery]:
        """Return matching records, newest first, without their timelines."""
        ...

    def balance(self) -> Balance:
        """Return the balance as of one moment."""
        ...

    def refusals(self) -> Refusals:
        """Return how often each impossible change was refused."""
        ...

    def take_overdue(self, work: Work, *, overdue_by: timedelta, postpone_by: timedelta, limit: int) -> list[str]:
        """Return up to ``limit`` ids that are overdue by at least ``overdue_by``, most first, and make them due later.

        Two reconcilers that ask at once get different ids.
        """
        ...

    def overdue(self, work: Work, *, by: timedelta) -> int:
        """Return how many ids are overdue by at least ``by``."""
        ...

    def waiting(self, work: Work) -> int:
        """Return how many ids have a due time, passed or not."""
        ...


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


class Articles(Acceptances, Protocol):
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


class Events(Protocol):
    """The stream of changes."""

    def read(self, *, after: str | None, limit: int) -> list[Event]:
        """Return events younger than the id ``after`` (all, where None), oldest first."""
        ...


class Part(StrEnum):
    """A running part of the system."""

    WATCHER = "watcher"
    WORKER = "worker"
    API = "api"


class Heartbeat(Document):
    """A sign of life that only the part's own work loop gives.

    ``progress_at`` is when the loop last finished work, null before the first; ``details`` are figures of the part.
    """

    part: Part
    name: str
    host: str
    pid: int
    started_at: AwareDatetime
    beat_at: AwareDatetime
    progress_at: AwareDatetime | None = None
    details: dict[str, str | int | float | None] = Field(default_factory=dict)


FORGOTTEN_AFTER = timedelta(minutes=1)
"""Long enough for a person to see that a part has gone silent, short enough that dead ones do not pile up."""


class Presence(Protocol):
    """Who is at work."""

    def beat(self, heartbeat: Heartbeat) -> None:
        """Say that a part is alive; forgotten by itself ``FORGOTTEN_AFTER`` the last beat."""
        ...

    def leave(self, part: Part, name: str) -> None:
        """Say that a part ends in an orderly way."""
        ...

    def present(self) -> list[Heartbeat]:
        """Return the heartbeats not yet forgotten, ordered by part and name."""
        ...


@dataclass(frozen=True, slots=True)
class MemoryUse:
    """Bytes that the server uses, and its limit (``maxmemory``); a limit of 0 is none."""

    used: int
    limit: int

    @property
    def share(self) -> float | None:
        """The used share of the limit; None where there is no limit."""
        return self.used / self.limit if self.limit else None


class MemoryGauge(Protocol):
    """Looks at the server's memory."""

    def read(self) -> MemoryUse:
        """Return how much the server uses now, and how much it may. Raises ``TransientError`` when it is away."""
        ...
