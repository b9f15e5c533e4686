"""The port of the ledger: the queue of record, with due times, leases, attempts and the closed balance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from copytaster.model.article import ArticleId
from copytaster.model.delivery import Balance, Delivery, DeliveryId, DeliveryState, Outcome
from copytaster.model.disposition import Disposition, Reason
from copytaster.model.outage import Outage, Resource
from copytaster.model.progress import ItemEnd, Progress
from copytaster.model.refused_transitions import RefusedTransitions
from copytaster.model.release import Release
from copytaster.model.retry_policy import Failure
from copytaster.model.sighting import Described
from copytaster.model.work import Work

MOST_EXAMINED = 1_000
"""Deliveries that do not match and are read for one page nevertheless: some 50 ms. Of several conditions one index is
read; the page then ends early, and its cursor goes on."""

CLAIMED_FOR = timedelta(days=1)
"""Longest time from the claim of a file, which its delivery is named after, to its registration: through an outage."""

NO_END = datetime(9999, 1, 1, tzinfo=UTC)
"""The end of an embargo whose sender states none: later than every end that parsers accept."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A worker's ownership of a delivery or of an article's tagging.

    ``attempt`` counts from 1, without the attempts that failed by an outage. ``faults`` counts the delivery's attempts
    that ended with a dead worker or an unexpected error. ``delivery`` is its record, None for a tagging.
    """

    attempt: int
    faults: int = 0
    delivery: Delivery | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Begun:
    """Deliveries that were begun together: their leases, and those that have to be begun alone."""

    leases: dict[DeliveryId, Lease]
    alone: list[DeliveryId]


@dataclass(frozen=True, slots=True)
class DeliveryQuery:
    """Conditions on the deliveries to list, newest first; None means any. Only ids below ``before`` are listed.

    ``source`` is compared by ``name_key``. ``received_from`` and ``received_to`` are inclusive bounds of the receipt.
    """

    source: str | None = None
    name: str | None = None
    path: str | None = None
    sha256: str | None = None
    article_id: ArticleId | None = None
    state: DeliveryState | None = None
    disposition: Disposition | None = None
    reason: Reason | None = None
    received_from: datetime | None = None
    received_to: datetime | None = None
    before: DeliveryId | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class DeliveryPage:
    """One page of deliveries; ``next`` is the ``before`` of the next page, None on the last page, and only there."""

    deliveries: tuple[Delivery, ...]
    next: DeliveryId | None


@dataclass(frozen=True, slots=True)
class Advance:
    """The part of a delivery that was processed since the last report: its articles, and those of them to be tagged.

    ``items`` are written to the event stream.
    """

    progress: Progress
    article_ids: Sequence[ArticleId]
    to_tag: Sequence[ArticleId]
    items: Sequence[ItemEnd] = ()


class Ledger(Protocol):
    """The queue of record: one record for each delivery, with due times, leases, attempts and the closed balance.

    *Deliveries.* A delivery is registered, begun under a lease, and settled; ``postpone`` makes it due again after a
    failure. A delivery of many items takes longer than one lease: ``advance`` records how far it is, so that after a
    crash or a ``pause`` another worker continues from there.

    *Due times.* Everything unsettled has a due time or is held. The reconciler publishes overdue ids again.

    *Held deliveries.* A rebuild registers any number of deliveries at once and processes them in the order of receipt.
    They are held in this order, without due times, until they are released in small groups.

    *Outages.* An attempt that fails because a resource is unavailable does not count. The ledger records which
    deliveries wait for which resource.

    *Tagging.* The tagging of an article is work of its own, with due time, lease and attempts. It becomes due when a
    delivery stores or advances, or on request.

    *Embargoes and acceptance.* These are changes of articles without a delivery: an embargo ends, a person accepts a
    copy as an article, or releases an article. The ledger stores what is needed to report each change once.

    *Sightings.* A registration, an end and a tagging say something about the source; see ``SourceWatch``.

    Each event is written in the same transaction as the change that it reports. A refused change alters nothing but
    the counts of ``refusals``. Every method raises ``TransientError`` if the server does not answer.
    """

    def register(self, delivery: Delivery, *, due_in: timedelta | None, by: str) -> bool:
        """Record a new delivery, in flight and due in its lane. Returns False if its id is known already.

        If ``due_in`` is None, the delivery is held; then its lane must be ``ingest``.
        """
        ...

    def register_many(self, deliveries: Sequence[Delivery], *, due_in: timedelta | None, by: str) -> list[bool]:
        """Record new deliveries, each as ``register`` does, and return the results in order; one round trip."""
        ...

    def release_held(self, delivery_ids: Sequence[DeliveryId], *, due_in: timedelta) -> None:
        """Make those of the deliveries due that are held. ``take_held`` returns none of the others for ``HELD_DUE``."""
        ...

    def take_held(self, *, limit: int, due_in: timedelta, next_in: timedelta) -> list[DeliveryId]:
        """Make up to ``limit`` held deliveries due, those that were received first, and return them.

        Returns none if the rebuild that holds them has released some lately, or if another caller has taken some less
        than its ``next_in`` ago.
        """
        ...

    def begin(self, delivery_id: DeliveryId, *, owner: str, lease: timedelta, lane: Work = Work.INGEST) -> Lease | None:
        """Lease the delivery, count the attempt before the work, and return the record; one round trip.

        The record is without its timeline. ``lane`` is the one that the worker serves.

        Returns None if there is nothing to do: the delivery is unknown, settled, leased by another owner, or a suspect
        while ``lane`` is another lane. A repeated call by the same owner returns the same lease and counts nothing.
        The delivery becomes due when the lease ends. If the previous attempt ended without a result, a fault is
        counted; after ``SUSPECT_FAULTS`` faults the delivery becomes a suspect, due at once, and the result is None.
        """
        ...

    def begin_together(self, delivery_ids: Sequence[DeliveryId], *, owner: str, lease: timedelta) -> Begun:
        """Lease each delivery like ``begin``, but for those that have to be begun alone; one round trip.

        Those are suspects, and deliveries of which an earlier attempt was counted or stored a part: if a process dies
        over deliveries that it has begun together, a fault is counted for each, and the next attempts at them show
        which of them is the cause.
        """
        ...

    def give_back(self, delivery_ids: Sequence[DeliveryId], *, owner: str) -> set[DeliveryId]:
        """Undo ``begin_together`` for deliveries of which nothing was stored, and return those; one round trip.

        Each is due at once, the attempt does not count, and the timeline does not have it. Those that ``owner`` does
        not hold are left out.
        """
        ...

    def advance(self, delivery_id: DeliveryId, done: Advance, *, owner: str, lease: timedelta) -> bool:
        """Record progress, make the tagging of its articles due and renew the lease, in one transaction.

        Returns False, and changes nothing, if ``owner`` does not hold the lease.
        """
        ...

    def pause(self, delivery_id: DeliveryId, *, owner: str, why: str) -> bool:
        """Release the lease in the middle of a delivery, which is due at once in the backfill lane, behind live ones.

        A suspect stays in its lane. The count of attempts starts again. Returns False if ``owner`` does not hold the
        lease.
        """
        ...

    def postpone(
        self,
        delivery_id: DeliveryId,
        *,
        owner: str,
        due_in: timedelta,
        why: str,
        cause: Resource | Failure = Failure.FAULT,
    ) -> bool:
        """Release the lease and make the delivery due again later. Returns False if ``owner`` does not hold the lease.

        ``cause`` is the resource that was unavailable, or the kind of fault. After an outage the attempt does not
        count, and the delivery waits for the resource until it is postponed for another cause, paused or settled. A
        fault is counted; after as many as ``RULES`` states for its kind the delivery becomes a suspect.
        """
        ...

    def excuse(self, delivery_id: DeliveryId, *, owner: str, why: str) -> bool:
        """Report late that an attempt ended because the server did not answer, so that it does not count.

        The lease is released, and the delivery is due at once. If another worker has begun the delivery in the
        meantime, the fault that was counted then is withdrawn. Returns False if there is nothing to withdraw.
        """
        ...

    def settle(self, delivery_id: DeliveryId, outcome: Outcome, *, by: str, owner: str | None = None) -> bool:
        """Record the disposition, remove the due time, and make ``outcome.to_tag`` due after ``FIRST_DUE``.

        This is one transaction. The tagging waits in the queue that ``TAGGING_QUEUES`` names for the lane. Returns
        False if the delivery is unknown or settled already: the first disposition stays. Also returns False if
        ``owner`` is given and does not hold the lease: the delivery may have been registered again by a rebuild since,
        and what its attempt stored is lost with the server's former data.
        """
        ...

    def settle_together(self, ends: Mapping[DeliveryId, Outcome], *, owner: str) -> set[DeliveryId]:
        """Settle each delivery like ``settle``, in the name of ``owner``, and return those that were; one round trip.

        All are one transaction.
        """
        ...

    def record_retry(self, delivery_id: DeliveryId, retried_as: DeliveryId, *, by: str) -> DeliveryId | None:
        """Record that a settled delivery's file is delivered again as ``retried_as``; its disposition does not change.

        Returns the recorded id: of several callers, the first one's. Returns None, and changes nothing, if the delivery
        is unknown or not settled.
        """
        ...

    def get(self, delivery_id: DeliveryId) -> Delivery | None:
        """Return the record with its timeline."""
        ...

    def sources(self, delivery_ids: Sequence[DeliveryId]) -> dict[DeliveryId, str | None]:
        """Return the sources of those of the deliveries that exist; one round trip."""
        ...

    def states(self, delivery_ids: Sequence[DeliveryId]) -> dict[DeliveryId, DeliveryState]:
        """Return the state of each delivery that is known; one round trip."""
        ...

    def find(self, query: DeliveryQuery) -> list[Delivery]:
        """Return matching records, newest first, without their timelines; cost: grows with those that do not match."""
        ...

    def page(self, query: DeliveryQuery) -> DeliveryPage:
        """Return a page of matching records, newest first, without their timelines.

        It may have fewer records than the limit although others follow, because at most about ``MOST_EXAMINED`` that
        do not match are read for it.
        """
        ...

    def balance(self) -> Balance:
        """Return the balance, read in one transaction."""
        ...

    def outages(self) -> list[Outage]:
        """Return the resources for which deliveries wait; one round trip."""
        ...

    def refusals(self) -> RefusedTransitions:
        """Return how often each change was refused."""
        ...

    def take_overdue(self, work: Work, *, overdue_by: timedelta, postpone_by: timedelta, limit: int) -> list[str]:
        """Return up to ``limit`` ids that are overdue by at least ``overdue_by``, and make them due later.

        The ids that are overdue by most come first. Two reconcilers that call this at the same time get different ids.
        """
        ...

    def overdue(self, work: Work, *, by: timedelta) -> int:
        """Return the number of ids that are overdue by at least ``by``."""
        ...

    def due_first(self, work: Work, *, limit: int) -> list[str]:
        """Return the ids with the earliest due times, in the order of these."""
        ...

    def waiting(self, work: Work) -> int:
        """Return the number of ids that have a due time, past or future, or are held."""
        ...

    def request_tagging(self, article_ids: Sequence[ArticleId], *, due_in: timedelta) -> None:
        """Make the tagging of articles due in the queue ``retag``; a tagging that is due already does not change."""
        ...

    def tagging_due(self, article_ids: Sequence[ArticleId]) -> set[ArticleId]:
        """Return the articles whose tagging is due or in progress; one round trip."""
        ...

    def begin_tagging(
        self, article_ids: Sequence[ArticleId], *, owner: str, lease: timedelta
    ) -> dict[ArticleId, Lease]:
        """Lease the taggings of articles and return the leases, in order; one round trip.

        There is none for an article whose tagging is not due, or is leased by another owner.
        """
        ...

    def postpone_tagging(self, article_id: ArticleId, *, owner: str, due_in: timedelta) -> bool:
        """Release the lease and make the tagging due again later. Returns False if ``owner`` does not hold it."""
        ...

    def excuse_tagging(self, article_id: ArticleId, *, owner: str) -> bool:
        """Take an attempt at a tagging back: it ended because the server did not answer, or it did not begin.

        It does not count, and the tagging is due at once. May be called late; see ``excuse``.
        """
        ...

    def settle_tagging(
        self, article_ids: Sequence[ArticleId], *, owner: str, seen: Mapping[ArticleId, Described] | None = None
    ) -> set[ArticleId]:
        """End taggings that were due, and return the articles whose tagging was ended; one round trip.

        ``seen`` are the sightings of articles from which their sources' contracts learn; see ``SourceWatch``.
        Those that ``owner`` does not hold are left out: another worker has them, or a new version made the tagging due
        again.
        """
        ...

    def set_embargo(self, article_id: ArticleId, *, until: datetime | None) -> None:
        """Store when the article's embargo ends, or ``NO_END``; None removes it. The last call counts."""
        ...

    def ended_embargoes(self, *, limit: int) -> list[ArticleId]:
        """Return articles whose embargo has ended, the earliest end first."""
        ...

    def withheld(self, *, limit: int, after: ArticleId | None = None) -> list[ArticleId]:
        """Return articles whose embargo has no end, in the order of their ids, those behind ``after``."""
        ...

    def release(
        self, article_id: ArticleId, delivery_id: DeliveryId | None, *, by: str, decision: Release | None = None
    ) -> bool:
        """Remove an ended embargo and report its end: an event, and a line in the timeline of the delivery, if any.

        With a person's ``decision``, that is reported instead, with or without an embargo. Returns False, and changes
        nothing, if there is nothing to report: the article has no ended embargo, or its decision was reported before.
        """
        ...

    def record_undone_acceptance(self, article_id: ArticleId, delivery_id: DeliveryId | None, *, by: str) -> bool:
        """Report that an accepted article is a copy again, which is not tagged.

        Returns False, and changes nothing, if no acceptance is recorded.
        """
        ...

    def record_acceptance(self, article_id: ArticleId, delivery_id: DeliveryId | None, *, by: str) -> bool:
        """Report that a copy was accepted as an article, and make its tagging due at once.

        Returns False, and changes nothing, if the acceptance was recorded before.
        """
        ...
