"""Brings back into the ledger what the journal knows and the ledger does not; the pipeline does the rest.

Two passes. The first registers, so that the balance and "where is file X?" are right within seconds. The second sends
the deliveries to the workers in the order of receipt, a message at a time: of two alike, the one that was first is
first again. Parsing one after another costs little, since tagging, which goes on beside it, is ten times dearer.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from copytaster.archive.decisions import Decisions
from copytaster.archive.journal import Journal, JournalEntry
from copytaster.clock import Clock
from copytaster.intake.file_intake import UNREAD_DUE
from copytaster.model.article import Document
from copytaster.model.delivery import DeliveryId, DeliveryState
from copytaster.model.work import Publisher, Work
from copytaster.store.ports.articles import Articles
from copytaster.store.ports.file_leases import FileLeases
from copytaster.store.ports.ledger import Ledger

T = TypeVar("T")

PAGE = 500
"""Deliveries that the ledger is asked about in one round trip."""

POLL_SECONDS = 0.02
"""A message of twenty deliveries takes 120 ms: asked this often, little of it is lost with waiting."""

PATIENCE = timedelta(seconds=30)
"""A message that has not ended by then no longer holds up the next: its deliveries are due by themselves."""

FALLBACK = timedelta(minutes=5)
PACE = timedelta(milliseconds=100)
"""What this process does not come to, the reconciler sends: each ``FALLBACK`` after its turn at this slow pace."""


class Replayed(Document):
    """Counts of deliveries: ``journalled`` are all that were compared, ``known`` those that the ledger had.

    ``registered`` were missing and are due again; ``refused`` were missing and ended at once, as at the door.
    ``unsettled`` have not ended yet.
    """

    journalled: int = 0
    known: int = 0
    registered: int = 0
    refused: int = 0
    unsettled: int = 0


@dataclass(slots=True)
class _Found:
    known: int = 0
    registered: int = 0
    refused: int = 0
    unsettled: list[DeliveryId] = field(default_factory=list)
    retries: list[JournalEntry] = field(default_factory=list)

    def counts(self) -> Replayed:
        return Replayed(
            journalled=self.known + self.registered + self.refused,
            known=self.known,
            registered=self.registered,
            refused=self.refused,
            unsettled=len(self.unsettled),
        )


def _nothing() -> None:
    """Do nothing."""


def _unheard(done: int, total: int) -> None:
    """Tell nobody."""
    del done, total


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """Compares journal and ledger.

    ``by`` is named in timelines; ``at_once`` is the number of deliveries in one message. ``pause`` sleeps for so many
    seconds. ``report`` is told how many of how many unsettled deliveries have ended, and may raise to end the replay.
    """

    journal: Journal
    decisions: Decisions
    ledger: Ledger
    articles: Articles
    files: FileLeases
    publisher: Publisher
    clock: Clock
    by: str
    at_once: int
    pause: Callable[[float], object]
    report: Callable[[int, int], None] = _unheard

    def missing(self, *, since: datetime | None) -> Replayed:
        """Return what ``run`` would find, and change nothing."""
        return self._compare(since, self._look_at, _leave).counts()

    def run(self, *, since: datetime | None, in_order: bool, registered: Callable[[], object] = _nothing) -> Replayed:
        """Register what is missing of the deliveries received at ``since`` or later, and send it.

        Without ``since`` what is known and waits is sent as well: an earlier replay may have been cut short.

        With ``in_order`` it returns when all have ended, or had ``PATIENCE``; else at once, and workers that run side
        by side may meet a copy before its original. Files that stay in the inbox are marked as taken again.
        ``registered`` is called as soon as everything is registered and marked.

        May be repeated at any time. Raises ``TransientError`` when server, broker or archive are away.
        """
        # Before any file is read again: one that was accepted must not become a copy once more.
        for each in self.decisions.all():
            self.articles.accept(each.article_id)
        found = self._compare(since, self._register, self._mark)
        registered()
        total = len(found.unsettled)
        if in_order:
            for number, message in enumerate(_paged(found.unsettled, self.at_once)):
                self._see_through(message, before=number * self.at_once, total=total)
            left = [each for page in _paged(found.unsettled, PAGE) for each in self._open(page)]
        else:
            self.publisher.publish(Work.INGEST, left := found.unsettled)
        for entry in found.retries:
            if entry.retry_of:
                self.ledger.note_retry(entry.retry_of, entry.id, by=self.by)
        self.report(total - len(left), total)
        return found.counts().model_copy(update={"unsettled": len(left)})

    def _compare(
        self,
        since: datetime | None,
        treat: Callable[[JournalEntry, _Found], None],
        mark: Callable[[Sequence[JournalEntry]], None],
    ) -> _Found:
        found = _Found()
        for page in _paged(self.journal.entries(since=since), PAGE):
            mark(page)
            states = self.ledger.states([each.id for each in page])
            for entry in page:
                state = states.get(entry.id)
                if state is None:
                    treat(entry, found)
                    continue
                found.known += 1
                # What waits after a mere restart has its message or its due time; after a loss it may have neither.
                if since is None and state is DeliveryState.WAITING:
                    found.unsettled.append(entry.id)
            self.report(0, len(found.unsettled))
        return found

    def _mark(self, entries: Sequence[JournalEntry]) -> None:
        if taken := [(each.file, each.id) for each in entries if each.file]:
            self.files.mark(taken)

    def _look_at(self, entry: JournalEntry, found: _Found) -> None:
        if entry.refusal:
            found.refused += 1
        else:
            found.registered += 1
            found.unsettled.append(entry.id)

    def _register(self, entry: JournalEntry, found: _Found) -> None:
        position = len(found.unsettled)
        self._look_at(entry, found)
        due_in = UNREAD_DUE if entry.refusal else FALLBACK + PACE * position
        self.ledger.register(entry.delivery(), due_in=due_in, by=self.by)
        if entry.refusal:
            self.ledger.settle(entry.id, entry.refusal, by=self.by)
        if entry.retry_of:
            found.retries.append(entry)

    def _see_through(self, message: Sequence[DeliveryId], *, before: int, total: int) -> None:
        """Send one message and wait until its deliveries have ended."""
        self.publisher.publish(Work.INGEST, message)
        gives_up = self.clock.now() + PATIENCE
        while (left := self._open(message)) and self.clock.now() < gives_up:
            self.report(before + len(message) - len(left), total)
            self.pause(POLL_SECONDS)
        self.report(before + len(message), total)

    def _open(self, ids: Sequence[DeliveryId]) -> list[DeliveryId]:
        states = self.ledger.states(ids)
        return [each for each in ids if states.get(each) is not DeliveryState.SETTLED]


def _leave(entries: Sequence[JournalEntry]) -> None:
    """Mark nothing."""
    del entries


def _paged(items: Iterable[T], size: int) -> Iterator[list[T]]:
    iterator = iter(items)
    return iter(lambda: list(itertools.islice(iterator, size)), [])
