"""Replay: registers in the ledger every delivery that only the journal has; the pipeline processes them again.

There are two passes. The first registers all missing deliveries, so that the balance and "where is file X?" are right
within seconds. The ledger holds them, in the order of receipt and without due times. The second pass releases and
publishes them in this order, one message at a time, so that of two equal texts the first one becomes the original
again. Processing them in sequence costs little: tagging, which runs in parallel, takes ten times as long.

If this process dies, the reconciler releases the rest in the same order, or a later replay does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from copytaster.archive.decisions import Decision, Decisions, deleted_originals, pinned_files
from copytaster.archive.journal import Journal, JournalEntry
from copytaster.archive.placements import Placements
from copytaster.articles.acceptance import Acceptance
from copytaster.clock import Clock
from copytaster.intake.file_intake import REFUSED_DUE
from copytaster.model.article import Document
from copytaster.model.batches import batched
from copytaster.model.delivery import DeliveryId, DeliveryState
from copytaster.model.work import Publisher, Work
from copytaster.recovery.age_limits import AgeLimits
from copytaster.recovery.recall import recall_placements
from copytaster.recovery.redecide import redecide, redecide_articles
from copytaster.store.ports.articles import Articles
from copytaster.store.ports.file_leases import FileLeases
from copytaster.store.ports.ledger import Ledger
from copytaster.store.ports.stories import Stories
from copytaster.stories.decided import Decided
from copytaster.stories.decisions import StoryDesk

PAGE = 500
"""Deliveries per round trip to the ledger."""

POLL_SECONDS = 0.02
"""Polling interval. A message of twenty deliveries takes 120 ms, so this wastes little of it."""

PATIENCE = timedelta(seconds=30)
"""After this time the next message is published, even if the last one has not ended: its deliveries are due then."""


class Replayed(Document):
    """Counts of deliveries: ``journalled`` were compared, ``known`` were in the ledger.

    ``registered`` were missing and are due again; ``refused`` were missing and were settled at once with their old
    refusal; ``unsettled`` are not settled yet.
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


def _do_nothing() -> None:
    """Do nothing: the default when the caller needs no notification."""


def _report_nothing(done: int, total: int) -> None:
    """Ignore the progress: the default when the caller needs no report."""
    del done, total


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """Compares journal and ledger, and registers the missing deliveries.

    ``by`` is named in timelines. ``at_once`` is the number of deliveries in one message. ``age_limits``
    say which deliveries are too old, or have no original any more. ``pause`` sleeps for the given seconds. ``report``
    receives the number of settled and of all deliveries; it may raise to stop the replay.
    """

    journal: Journal
    decisions: Decisions
    placements: Placements
    ledger: Ledger
    articles: Articles
    stories: Stories
    story_desk: StoryDesk
    files: FileLeases
    publisher: Publisher
    clock: Clock
    by: str
    at_once: int
    age_limits: AgeLimits
    pause: Callable[[float], object]
    report: Callable[[int, int], None] = _report_nothing

    def missing(self, *, since: datetime | None, emptied: bool = False) -> Replayed:
        """Return the counts that ``run`` would return, without changing anything."""
        return self._compare(since, self._count, _ignore, emptied=emptied).counts()

    def run(
        self,
        *,
        since: datetime | None,
        in_order: bool,
        emptied: bool = False,
        registered: Callable[[], object] = _do_nothing,
    ) -> Replayed:
        """Register and publish the missing deliveries among those received at ``since`` or later.

        Without ``since``, known deliveries that are waiting are published as well: an earlier replay may have been
        interrupted. Deliveries that are too old are not compared: the retention removed them. ``emptied`` says that the
        server has lost its data, or what it had received at ``since`` or later, so that it needs the deliveries of all
        articles.

        With ``in_order`` it returns when every message has been settled or has had ``PATIENCE``; otherwise it returns
        at once, and parallel workers may process a copy before its original. Files that stay in the inbox are marked
        as taken again. ``registered`` is called as soon as everything is registered and marked.

        May be repeated at any time. Raises ``TransientError`` when server, broker or archive do not answer.
        """
        decided = Decided.of(self.decisions.about_stories())
        recall_placements(self.placements, self.stories, decided, since=since)
        redecide(self.story_desk, since=since)
        self._apply_decisions(since)
        found = self._compare(since, self._register, self._mark, emptied=emptied)
        registered()
        total = len(found.unsettled)
        if in_order:
            for number, message in enumerate(batched(found.unsettled, self.at_once)):
                self._process(message, before=number * self.at_once, total=total)
            left = [each for page in batched(found.unsettled, PAGE) for each in self._unsettled(page)]
        else:
            for page in batched(left := found.unsettled, PAGE):
                self._publish(page)
        for entry in found.retries:
            if entry.retry_of:
                self.ledger.record_retry(entry.retry_of, entry.id, by=self.by)
        self.report(total - len(left), total)
        return found.counts().model_copy(update={"unsettled": len(left)})

    def _acceptance(self) -> Acceptance:
        return Acceptance(
            store=self.story_desk.store,
            decisions=self.decisions,
            placements=self.placements,
            clock=self.clock,
        )

    def _apply_decisions(self, since: datetime | None) -> None:
        decisions = self.decisions.all()
        redecide_articles(decisions, self._acceptance(), since=since)
        # Before any file is processed again: an accepted article must not become a copy, nor a released one withheld,
        # and a deleted one must not return.
        deleted = {each.article_id for each in decisions if each.deletion}
        for each in decisions:
            if each.pin is None:
                self._apply(each)
            elif each.pin.at is None or each.article_id in deleted:
                self.articles.unpin(each.article_id)
            else:
                self.articles.pin(each.article_id, each.pin)

    def _apply(self, decision: Decision) -> None:
        if decision.deletion:
            self.articles.refuse(decision.deletion)
        elif decision.release and decision.origin:
            self.articles.release(decision.article_id, decision.origin, decision.release)
        elif decision.undone:
            self.articles.undo_acceptance(decision.article_id)
        else:
            self.articles.accept(decision.article_id)

    def _compare(
        self,
        since: datetime | None,
        treat: Callable[[JournalEntry, _Found], None],
        mark: Callable[[Sequence[JournalEntry]], None],
        *,
        emptied: bool,
    ) -> _Found:
        found, dismissed = _Found(), set[DeliveryId]()
        has_original, deleted = self.age_limits.has_original(), deleted_originals(self.decisions.deletions())
        for page in batched(self._entries(since, emptied=emptied), PAGE):
            mark(page)
            # A delivery may have been journalled again on a later day than that of its dismissal.
            dismissed |= {each.id for each in page if each.dismissed_by is not None}
            left = [
                each
                for each in page
                if each.id not in dismissed and has_original(each) and not _is_deleted(each, deleted)
            ]
            states = self.ledger.states([each.id for each in left])
            # Also of known ones: a retry that went on while the server was emptied is known, its origin is restored.
            found.retries += [each for each in left if each.retry_of]
            for entry in left:
                state = states.get(entry.id)
                if state is None:
                    treat(entry, found)
                    continue
                found.known += 1
                # After a restart a waiting delivery has a message or a due time; after a loss of data perhaps neither.
                if since is None and state is DeliveryState.WAITING:
                    found.unsettled.append(entry.id)
            self.report(0, len(found.unsettled))
        return found

    def _entries(self, since: datetime | None, *, emptied: bool) -> Iterator[JournalEntry]:
        """Yield the entries that are young enough; an emptied server also needs others of articles that are kept."""
        oldest = self.age_limits.replayed_since(self.clock.now(), emptied=emptied)
        kept = self._kept_files() if emptied else frozenset[str]()
        first = max((each for each in (since, oldest) if each), default=None)
        for entry in self.journal.entries(since=since if kept else first):
            if first is None or entry.received_at >= first or entry.sha256 in kept:
                yield entry

    def _kept_files(self) -> frozenset[str]:
        return pinned_files(self.decisions.pins()) | self.age_limits.needed_at_any_age()

    def _mark(self, entries: Sequence[JournalEntry]) -> None:
        if taken := [(each.file, each.id) for each in entries if each.file]:
            self.files.mark_taken(taken)

    def _count(self, entry: JournalEntry, found: _Found) -> None:
        if entry.refusal:
            found.refused += 1
        else:
            found.registered += 1
            found.unsettled.append(entry.id)

    def _register(self, entry: JournalEntry, found: _Found) -> None:
        self._count(entry, found)
        self.ledger.register(entry.delivery(), due_in=REFUSED_DUE if entry.refusal else None, by=self.by)
        if entry.refusal:
            self.ledger.settle(entry.id, entry.refusal, by=self.by)

    def _process(self, message: Sequence[DeliveryId], *, before: int, total: int) -> None:
        """Publish one message and wait until its deliveries are settled."""
        self._publish(message)
        deadline = self.clock.now() + PATIENCE
        while (left := self._unsettled(message)) and self.clock.now() < deadline:
            self.report(before + len(message) - len(left), total)
            self.pause(POLL_SECONDS)
        self.report(before + len(message), total)

    def _publish(self, ids: Sequence[DeliveryId]) -> None:
        self.ledger.release_held(ids, due_in=PATIENCE)
        self.publisher.publish(Work.INGEST, ids)

    def _unsettled(self, ids: Sequence[DeliveryId]) -> list[DeliveryId]:
        states = self.ledger.states(ids)
        return [each for each in ids if states.get(each) is not DeliveryState.SETTLED]


def _is_deleted(entry: JournalEntry, deleted: Mapping[str, datetime]) -> bool:
    """Return whether a person has deleted the original of the delivery since."""
    at = deleted.get(entry.sha256 or "")
    return at is not None and entry.received_at <= at


def _ignore(entries: Sequence[JournalEntry]) -> None:
    """Mark nothing: for a dry run."""
    del entries
