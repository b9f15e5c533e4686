"""The port of the ledger: the queue of record, with due times, leases, attempts and the closed balance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from copytaster.model.article import ArticleId
from copytaster.model.delivery import Balance, Delivery, DeliveryId, DeliveryState, Outcome
from copytaster.model.disposition import Disposition, Reason
from copytaster.model.progress import Progress
from copytaster.model.refused_transitions import RefusedTransitions
from copytaster.model.work import Work


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


@dataclass(frozen=True, slots=True)
class Advance:
    """What a worker has done of a delivery since it last told: the articles, and those of them to be tagged."""

    progress: Progress
    article_ids: Sequence[ArticleId]
    to_tag: Sequence[ArticleId]


class Ledger(Protocol):
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

    def refusals(self) -> RefusedTransitions:
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

    def advance(self, delivery_id: DeliveryId, done: Advance, *, owner: str, lease: timedelta) -> bool:
        """Note what was done, make its tagging due and renew the lease, all at once.

        Returns False, and changes nothing, when ``owner`` does not hold the delivery.
        """
        ...

    def pause(self, delivery_id: DeliveryId, *, owner: str, why: str) -> bool:
        """Give the lease back in the middle of a delivery: it is due at once, behind live ones, in the backfill lane.

        A suspect stays one. The attempts begin anew. Returns False when ``owner`` does not hold it.
        """
        ...

    def begin_tagging(self, article_id: ArticleId, *, owner: str, lease: timedelta) -> Lease | None:
        """Like ``begin``, for the tagging of an article. Returns None when no tagging is due or another has it."""
        ...

    def postpone_tagging(self, article_id: ArticleId, *, owner: str, due_in: timedelta) -> bool:
        """Like ``postpone``, for tagging."""
        ...

    def request_tagging(self, article_ids: Sequence[ArticleId], *, due_in: timedelta) -> None:
        """Make the tagging of articles due, in the queue ``retag``; where it is due already, that stands."""
        ...

    def tagging_due(self, article_ids: Sequence[ArticleId]) -> set[ArticleId]:
        """Return those whose tagging is due or under way; one round trip."""
        ...

    def settle_tagging(self, article_id: ArticleId, *, owner: str) -> bool:
        """End the tagging that was due.

        Returns False when ``owner`` does not hold it: another has taken over, or a new version made it due again.
        """
        ...

    def withhold(self, article_id: ArticleId, *, until: datetime | None) -> None:
        """Remember when the article's embargo ends; None forgets it. The last word counts."""
        ...

    def embargoes_over(self, *, limit: int) -> list[ArticleId]:
        """Return withheld articles whose embargo has ended by now, the earliest first."""
        ...

    def release(self, article_id: ArticleId, delivery_id: DeliveryId | None, *, by: str) -> bool:
        """Forget the embargo and tell of its end: an event, and a line in the timeline of the delivery, if any.

        Returns False, and changes nothing, when no embargo of the article is over: another was faster.
        """
        ...

    def note_accepted(self, article_id: ArticleId, delivery_id: DeliveryId | None, *, by: str) -> bool:
        """Tell that a copy was accepted as an article of its own, and make its tagging due at once.

        Returns False, and changes nothing, when that was told before.
        """
        ...
