from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from prometheus_client import CollectorRegistry

from copytaster.archive.decisions import Decision, MemoryDecisions, deletion_decision
from copytaster.archive.expired_days import ExpiredDay, MemoryExpiredDays
from copytaster.archive.journal import FilesystemJournal, JournalEntry, MemoryJournal, StoreMark, journal_entry
from copytaster.archive.old_files import MemoryOldFilesList
from copytaster.archive.originals import MemoryArchive
from copytaster.archive.placements import MemoryPlacements
from copytaster.archive.retention_limit import MemoryRetentionLimits
from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.metrics import WatcherMetrics
from copytaster.model.article import ArticleId
from copytaster.model.deletion import Deletion
from copytaster.model.delivery import DeliveryId, Outcome
from copytaster.model.disposition import Disposition, Reason
from copytaster.model.file_state import FileState
from copytaster.model.pin import Pin
from copytaster.model.release import Release
from copytaster.model.work import EmptyQueues, RecordingPublisher, Work
from copytaster.recovery.age_limits import AgeLimits
from copytaster.recovery.rebuild import LEASE, Recovery, RecoveryLostError
from copytaster.recovery.reconcile import reconcile
from copytaster.recovery.replay import PATIENCE, Replay, Replayed
from copytaster.store.memory.epoch import MemoryEpoch
from copytaster.store.ports.epoch import EpochState
from copytaster.store.ports.file_leases import LeaseStatus
from copytaster.store.ports.ledger import DeliveryQuery
from copytaster.store.store import Store
from copytaster.stories.decisions import StoryDesk
from tests.factories import START, a_delivery, an_article, delivery_id

REFUSAL = Outcome(disposition=Disposition.REJECTED, reason=Reason.EMPTY, message="story.txt is empty (0 bytes)")
STORED = Outcome(disposition=Disposition.STORED)


@dataclass(slots=True)
class Scene:
    """A journal and an empty store; a worker that ends what was published whenever the replay pauses."""

    clock: ManualClock
    store: Store
    journal: MemoryJournal
    publisher: RecordingPublisher
    reports: list[tuple[int, int]]
    working: bool = True
    decisions: MemoryDecisions = field(default_factory=MemoryDecisions)
    placements: MemoryPlacements = field(default_factory=MemoryPlacements)
    age_limits: AgeLimits = field(
        default_factory=lambda: AgeLimits(
            articles=None,
            deliveries=None,
            limits=MemoryRetentionLimits(),
            expired=MemoryExpiredDays(),
            originals=MemoryArchive(),
            old_files=MemoryOldFilesList(),
        )
    )

    def arrive(self, number: int, refusal: Outcome | None = None, **fields: object) -> DeliveryId:
        """Journal a delivery as the intake does, a second after the one before."""
        received_at = START + timedelta(seconds=number)
        sha256 = None if refusal else "ab" * 32
        delivery = a_delivery(number, received_at=received_at, sha256=sha256, **fields)
        self.journal.append(journal_entry(delivery, refusal))
        return delivery.id

    def register(self, number: int, outcome: Outcome | None = None) -> None:
        """Let the ledger know a delivery, and how it ended."""
        delivery = a_delivery(number, received_at=START + timedelta(seconds=number))
        self.store.ledger.register(delivery, due_in=timedelta(seconds=10), by="watcher@test:1")
        if outcome:
            self.store.ledger.settle(delivery.id, outcome, by="worker@test:2")

    def work(self, seconds: float) -> None:
        self.clock.advance(seconds=seconds)
        for _, each in self.publisher.published if self.working else ():
            self.store.ledger.settle(DeliveryId(each), STORED, by="worker@test:2")

    def replay(self) -> Replay:
        return Replay(
            journal=self.journal,
            decisions=self.decisions,
            placements=self.placements,
            ledger=self.store.ledger,
            articles=self.store.articles,
            stories=self.store.stories,
            story_desk=StoryDesk(store=self.store, decisions=self.decisions, clock=self.clock),
            files=self.store.files,
            publisher=self.publisher,
            clock=self.clock,
            by="replay",
            at_once=2,
            age_limits=self.age_limits,
            pause=self.work,
            report=lambda done, total: self.reports.append((done, total)),
        )

    def recovery(self, name: str = "one", stopping: threading.Event | None = None) -> Recovery:
        return Recovery(self.store.epoch, self.replay(), name=name, stopping=stopping or threading.Event())

    def empty(self) -> None:
        """Empty the server."""
        self.store = memory_store(self.clock)

    def seen(self) -> int:
        balance = self.store.ledger.balance()
        assert balance.closed
        return balance.seen


@pytest.fixture
def scene(clock: ManualClock) -> Scene:
    return Scene(clock, memory_store(clock), MemoryJournal(), RecordingPublisher(), [])


def test_what_the_ledger_has_forgotten_is_registered_and_sent_in_the_order_of_receipt(scene: Scene) -> None:
    ids = [scene.arrive(number) for number in (1, 2, 3, 4, 5)]

    replayed = scene.replay().run(since=None, in_order=True)

    assert replayed == Replayed(journalled=5, registered=5)
    assert scene.publisher.published == [(Work.INGEST, each) for each in ids]
    record = scene.store.ledger.get(ids[2])
    assert record
    assert (record.received_at, record.disposition) == (START + timedelta(seconds=3), Disposition.STORED)
    assert scene.reports[-1] == (5, 5)


def test_a_message_is_sent_only_when_the_one_before_has_ended(scene: Scene) -> None:
    for number in range(1, 6):
        scene.arrive(number)
    sent = list[int]()

    def count_and_work(seconds: float) -> None:
        sent.append(len(scene.publisher.published))
        scene.work(seconds)

    replay = replace(scene.replay(), pause=count_and_work)

    replay.run(since=None, in_order=True)

    assert sent == [2, 4, 5]


def test_a_refusal_at_the_door_ends_as_it_did_and_is_not_sent(scene: Scene) -> None:
    refused = scene.arrive(1, REFUSAL)

    replayed = scene.replay().run(since=None, in_order=True)

    record = scene.store.ledger.get(refused)
    assert record
    assert (record.disposition, record.reason, record.message) == (
        REFUSAL.disposition,
        REFUSAL.reason,
        REFUSAL.message,
    )
    assert replayed == Replayed(journalled=1, refused=1)
    assert scene.publisher.published == []


def test_what_has_ended_is_left_alone_and_what_waits_is_sent(scene: Scene) -> None:
    ended, waiting = scene.arrive(1), scene.arrive(2)
    scene.register(1, STORED)
    scene.register(2)

    replayed = scene.replay().run(since=None, in_order=True)

    assert replayed == Replayed(journalled=2, known=2)
    assert scene.publisher.published == [(Work.INGEST, waiting)] != [(Work.INGEST, ended)]


def test_after_a_mere_restart_what_waits_is_left_to_its_due_time(scene: Scene) -> None:
    scene.arrive(1)
    scene.register(1)
    scene.arrive(2)

    replayed = scene.replay().run(since=START, in_order=True)

    assert replayed == Replayed(journalled=2, known=1, registered=1)
    assert scene.publisher.published == [(Work.INGEST, delivery_id(2))]


def test_a_replay_that_is_repeated_changes_nothing(scene: Scene) -> None:
    scene.arrive(1)
    scene.arrive(2, REFUSAL)
    scene.replay().run(since=None, in_order=True)
    before = scene.store.ledger.balance()

    assert scene.replay().run(since=None, in_order=True) == Replayed(journalled=2, known=2)
    assert scene.store.ledger.balance() == before


def test_a_dry_run_counts_and_changes_nothing(scene: Scene) -> None:
    scene.arrive(1)
    scene.arrive(2, REFUSAL)
    scene.arrive(3)
    scene.register(3, STORED)

    assert scene.replay().missing(since=None) == Replayed(journalled=3, known=1, registered=1, refused=1, unsettled=1)
    assert (scene.seen(), scene.publisher.published) == (1, [])


def test_without_workers_it_ends_and_says_what_is_left_which_is_due_by_itself(scene: Scene) -> None:
    scene.working = False
    ids = [scene.arrive(number) for number in (1, 2, 3)]

    replayed = scene.replay().run(since=None, in_order=True)
    scene.clock.advance(seconds=PATIENCE.total_seconds())

    assert replayed == Replayed(journalled=3, registered=3, unsettled=3)
    overdue = scene.store.ledger.take_overdue(
        Work.INGEST, overdue_by=timedelta(0), postpone_by=timedelta(seconds=15), limit=10
    )
    assert overdue == ids


MANY = 6_500
"""More deliveries than have due times before the horizon, if each is due 100 ms after the one before."""


def test_a_rebuild_of_many_keeps_the_order_of_receipt_while_the_reconciler_runs(scene: Scene) -> None:
    ids = [scene.arrive(number) for number in range(MANY)]
    metrics = WatcherMetrics(CollectorRegistry())

    def work(seconds: float) -> None:
        reconcile(scene.store.ledger, EmptyQueues(), scene.publisher, metrics)
        scene.clock.advance(seconds=seconds)
        for _, each in scene.publisher.published[-20:]:
            scene.store.ledger.settle(DeliveryId(each), STORED, by="worker@test:2")

    replayed = replace(scene.replay(), pause=work, at_once=20).run(since=None, in_order=True)

    assert replayed == Replayed(journalled=MANY, registered=MANY)
    assert [each for _, each in scene.publisher.published] == ids


def test_the_reconciler_continues_a_rebuild_whose_process_has_died_in_the_same_order(scene: Scene) -> None:
    ids = [scene.arrive(number) for number in range(100)]

    def die(seconds: float) -> None:
        raise RecoveryLostError(f"the process dies, {seconds} s before the next poll")

    with pytest.raises(RecoveryLostError):
        replace(scene.replay(), pause=die, at_once=20).run(since=START, in_order=True)
    metrics = WatcherMetrics(CollectorRegistry())
    for _ in range(60):
        reconcile(scene.store.ledger, EmptyQueues(), scene.publisher, metrics)
        scene.work(2)

    assert [each for _, each in scene.publisher.published] == ids
    assert scene.store.ledger.balance().in_flight == 0


def test_the_next_rebuild_continues_one_that_was_cut_short_with_what_was_received_first(scene: Scene) -> None:
    ids = [scene.arrive(number) for number in range(10)]
    metrics = WatcherMetrics(CollectorRegistry())
    calls = iter([None, None])

    def work_and_die(seconds: float) -> None:
        if next(calls, "dead"):
            raise RecoveryLostError(f"the process dies, {seconds} s before the next poll")
        scene.work(seconds)

    with pytest.raises(RecoveryLostError):
        replace(scene.replay(), pause=work_and_die).run(since=None, in_order=True)
    reconcile(scene.store.ledger, EmptyQueues(), scene.publisher, metrics)
    replayed = scene.replay().run(since=None, in_order=True)

    assert replayed == Replayed(journalled=10, known=10)
    assert [each for _, each in scene.publisher.published] == [*ids[:6], *ids[4:]]


def test_out_of_order_everything_is_sent_at_once(scene: Scene) -> None:
    scene.working = False
    ids = [scene.arrive(number) for number in (1, 2, 3)]
    before = scene.clock.now()

    replayed = scene.replay().run(since=None, in_order=False)

    assert (replayed.unsettled, scene.clock.now()) == (3, before)
    assert scene.publisher.published == [(Work.INGEST, each) for each in ids]


def test_what_was_received_before_the_given_time_is_not_looked_at(scene: Scene) -> None:
    scene.arrive(1)
    late = scene.arrive(60)

    replayed = scene.replay().run(since=START + timedelta(seconds=30), in_order=True)

    assert replayed == Replayed(journalled=1, registered=1)
    assert scene.publisher.published == [(Work.INGEST, late)]


def test_a_retry_is_tied_to_the_delivery_that_it_brought_again(scene: Scene) -> None:
    first = scene.arrive(1)
    second = scene.arrive(2, retry_of=first)

    scene.replay().run(since=None, in_order=True)

    record = scene.store.ledger.get(first)
    assert record
    assert record.retried_as == second


def test_a_retry_that_went_on_while_the_server_was_emptied_is_tied_to_the_delivery_that_it_brought_again(
    scene: Scene,
) -> None:
    first = scene.arrive(1, refusal=REFUSAL)
    second = scene.arrive(2, retry_of=first)
    scene.register(2, STORED)

    scene.replay().run(since=None, in_order=True)

    record = scene.store.ledger.get(first)
    assert record
    assert record.retried_as == second
    assert scene.store.failed.counts().files == 0


def test_a_new_system_gets_its_epoch_at_once_and_is_not_compared_again(scene: Scene) -> None:
    recovery = scene.recovery()

    recovery.look()
    scene.arrive(1)
    recovery.look()

    state = scene.store.epoch.read()
    assert state.epoch
    assert scene.journal.mark() == StoreMark(state.epoch, state.run)
    assert scene.seen() == 0


def test_a_server_that_was_emptied_is_filled_again_and_gets_a_new_epoch(scene: Scene) -> None:
    recovery = scene.recovery()
    recovery.look()
    before = scene.store.epoch.read().epoch
    scene.arrive(1)
    scene.arrive(2, REFUSAL)
    scene.empty()

    scene.recovery().look()

    assert (scene.seen(), scene.store.ledger.balance().in_flight) == (2, 0)
    assert scene.store.epoch.read().epoch not in {None, before}


def test_after_another_run_of_the_server_only_the_last_hour_is_compared(scene: Scene) -> None:
    recovery = scene.recovery()
    recovery.look()
    scene.arrive(1)
    scene.arrive(7_200)
    scene.clock.advance(seconds=7_300)
    later = memory_store(scene.clock)
    later.epoch.acquire("before", lease=LEASE)
    epoch = scene.store.epoch.read().epoch
    assert epoch
    later.epoch.mark_complete(epoch, owner="before", run="the run before", until=scene.clock.now())
    later.epoch.renew("before", lease=timedelta(0))
    scene.store = later
    scene.journal.set_mark(StoreMark(epoch, "the run before"))

    scene.recovery().look()

    assert scene.publisher.published == [(Work.INGEST, delivery_id(7_200))]
    assert scene.journal.mark() == StoreMark(epoch, later.epoch.read().run)


def restored(scene: Scene, *, complete_until: datetime) -> Store:
    """Return a restarted server with data from a backup: the same epoch, complete up to the time of the backup."""
    epoch = scene.store.epoch.read().epoch
    assert epoch
    backup = memory_store(scene.clock)
    backup.epoch.acquire("before", lease=LEASE)
    backup.epoch.mark_complete(epoch, owner="before", run="the run before", until=complete_until)
    backup.epoch.renew("before", lease=timedelta(0))
    return backup


def test_a_server_restored_from_an_old_backup_gets_all_that_arrived_since(scene: Scene) -> None:
    scene.recovery().look()
    days = 86_400
    numbers = (1, 2 * days, 3 * days, 9 * days)
    for number in numbers:
        scene.arrive(number)
    scene.clock.advance(seconds=10 * days)
    scene.store = restored(scene, complete_until=START + timedelta(days=2, seconds=10))
    scene.register(1, STORED)
    scene.register(2 * days, STORED)
    read = list[str]()

    def count(entries: Iterator[JournalEntry]) -> Iterator[JournalEntry]:
        for each in entries:
            read.append(each.id)
            yield each

    counted = ReadingJournal(scene.journal, count)
    replay = replace(scene.replay(), journal=counted)
    Recovery(scene.store.epoch, replay, name="one", stopping=threading.Event()).look()

    assert scene.publisher.published == [(Work.INGEST, delivery_id(number)) for number in (3 * days, 9 * days)]
    assert read == [delivery_id(number) for number in numbers[1:]]
    assert scene.store.epoch.read().complete_until == START + timedelta(days=10)


def test_a_restored_server_gets_what_arrived_since_up_to_the_age_of_articles(scene: Scene) -> None:
    scene.recovery().look()
    scene.age_limits = replace(scene.age_limits, articles=timedelta(days=90), deliveries=timedelta(days=30))
    days = 86_400
    ids = [scene.arrive(number) for number in (days, 3 * days, 15 * days, 80 * days)]
    scene.clock.advance(seconds=100 * days)
    scene.store = restored(scene, complete_until=START + timedelta(days=2))

    scene.recovery().look()

    assert scene.publisher.published == [(Work.INGEST, each) for each in ids[2:]]


def test_a_server_restored_after_it_was_rebuilt_gets_what_arrived_since_up_to_the_age_of_articles(scene: Scene) -> None:
    """The rebuilt store had another epoch than the backup."""
    scene.recovery().look()
    scene.age_limits = replace(scene.age_limits, articles=timedelta(days=90), deliveries=timedelta(days=30))
    days = 86_400
    ids = [scene.arrive(number) for number in (days, 3 * days, 15 * days, 80 * days)]
    scene.clock.advance(seconds=100 * days)
    backup = restored(scene, complete_until=START + timedelta(days=2))
    scene.empty()
    scene.recovery().look()
    rebuilt = list(scene.publisher.published)
    scene.publisher.published.clear()
    scene.store = backup

    scene.recovery().look()

    assert rebuilt == scene.publisher.published == [(Work.INGEST, each) for each in ids[2:]]


class ReadingJournal(MemoryJournal):
    """The same journal; ``through`` sees each entry that is read."""

    def __init__(
        self, journal: MemoryJournal, through: Callable[[Iterator[JournalEntry]], Iterator[JournalEntry]]
    ) -> None:
        super().__init__()
        self._through = through
        for each in journal.entries(since=None):
            self.append(each)
        if mark := journal.mark():
            self.set_mark(mark)

    def entries(self, *, since: datetime | None) -> Iterator[JournalEntry]:
        return self._through(super().entries(since=since))


class EpochOfAnOlderRelease(MemoryEpoch):
    """An epoch without the time up to which the data is complete, until it is recorded."""

    def read(self) -> EpochState:
        state = super().read()
        return replace(state, complete_until=None) if state.complete_run == "older" else state


def test_a_server_of_an_older_release_is_compared_as_a_whole_once(scene: Scene) -> None:
    scene.recovery().look()
    scene.arrive(1)
    scene.clock.advance(seconds=86_400)
    epoch = scene.store.epoch.read().epoch
    assert epoch
    older = EpochOfAnOlderRelease(scene.clock)
    older.acquire("before", lease=LEASE)
    older.mark_complete(epoch, owner="before", run="older", until=scene.clock.now())
    older.renew("before", lease=timedelta(0))
    scene.store = replace(memory_store(scene.clock), epoch=older)

    scene.recovery().look()

    assert scene.publisher.published == [(Work.INGEST, delivery_id(1))]


def test_the_time_up_to_which_the_data_is_complete_is_extended_once_a_minute(scene: Scene) -> None:
    recovery = scene.recovery()
    recovery.look()
    times = list[datetime | None]()
    for seconds in (1, 58, 1, 59, 1):
        scene.clock.advance(seconds=seconds)
        recovery.look()
        times.append(scene.store.epoch.read().complete_until)

    assert [each and (each - START).total_seconds() for each in times] == [1, 1, 1, 119, 119]


def test_of_two_watchers_one_recovers(scene: Scene) -> None:
    scene.arrive(1)
    scene.store.epoch.acquire("other", lease=LEASE)

    scene.recovery().look()
    idle = scene.seen()
    scene.clock.advance(seconds=LEASE.total_seconds())
    scene.recovery().look()

    assert (idle, scene.seen()) == (0, 1)


def test_a_recovery_that_is_cut_short_sets_no_epoch_and_begins_again(scene: Scene) -> None:
    for number in range(1, 6):
        scene.arrive(number)
    stopping = threading.Event()
    cut = scene.recovery(stopping=stopping)
    stopping.set()

    cut.look()
    between = scene.store.epoch.read().epoch
    scene.recovery().look()

    assert (between, cut.rebuilding) == (None, None)
    assert (scene.seen(), scene.store.ledger.balance().in_flight) == (5, 0)
    assert scene.store.epoch.read().epoch


def test_a_server_that_is_emptied_during_the_recovery_is_not_taken_for_complete(scene: Scene) -> None:
    scene.arrive(1)
    lost = replace(scene.replay(), pause=lambda _: scene.store.epoch.renew("one", lease=timedelta(0)))

    Recovery(scene.store.epoch, lost, name="one", stopping=threading.Event()).look()

    assert scene.store.epoch.read().epoch is None
    assert scene.journal.mark() is None


def test_how_far_a_recovery_is_can_be_seen_while_it_goes_on(scene: Scene) -> None:
    for number in range(1, 6):
        scene.arrive(number)
    seen = list[str | None]()

    def look_and_work(seconds: float) -> None:
        seen.append(recovery.rebuilding)
        scene.work(seconds)

    recovery = Recovery(
        scene.store.epoch, replace(scene.replay(), pause=look_and_work), name="one", stopping=threading.Event()
    )
    recovery.look()

    assert seen == ["0 of 5", "2 of 5", "4 of 5"]
    assert recovery.rebuilding is None


FILE = FileState(device=8, inode=12, size=345, modified=678)


def test_files_that_stay_are_marked_again_before_any_is_leased(scene: Scene) -> None:
    known, missing = a_delivery(1), a_delivery(2)
    scene.journal.append(journal_entry(known, None, file=FILE))
    scene.journal.append(journal_entry(missing, None, file=replace(FILE, inode=13)))
    scene.register(1)

    scene.recovery().look()

    assert scene.store.files.statuses([FILE, replace(FILE, inode=13)]) == [LeaseStatus.TAKEN] * 2
    assert scene.store.files.is_open()


def test_a_dismissed_delivery_that_was_journalled_again_on_a_later_day_is_not_replayed(scene: Scene) -> None:
    journal = FilesystemJournal("memory://replay/dismissed-and-journalled-again")
    entry = journal_entry(a_delivery(1), None)
    for each in (
        entry,
        entry.model_copy(update={"dismissed_by": "Anna"}),
        entry.model_copy(update={"received_at": START + timedelta(days=1)}),
        journal_entry(a_delivery(2, received_at=START + timedelta(days=1)), None),
    ):
        journal.append(each)

    replace(scene.replay(), journal=journal).run(since=None, in_order=True)

    assert [each.id for each in scene.store.ledger.find(DeliveryQuery())] == [delivery_id(2)]


def test_leases_that_are_shut_are_opened_by_a_recovery_though_the_epoch_is_known(scene: Scene) -> None:
    scene.recovery().look()
    scene.store.files.open("an earlier run")

    scene.recovery("two").look()

    assert scene.store.files.is_open()


def test_looking_for_what_is_missing_marks_nothing(scene: Scene) -> None:
    scene.journal.append(journal_entry(a_delivery(1), None, file=FILE))

    scene.replay().missing(since=None)

    assert scene.store.files.statuses([FILE]) == [LeaseStatus.FREE]


def test_what_was_accepted_is_known_before_any_file_is_read_again(scene: Scene) -> None:
    scene.decisions.record(Decision(article_id=ArticleId("a1"), at=START, by="cli"))

    scene.replay().run(since=None, in_order=True)

    assert scene.store.articles.is_accepted(ArticleId("a1"))


def test_an_acceptance_that_was_undone_is_not_restored(scene: Scene) -> None:
    scene.store.articles.accept(ArticleId("a1"))
    scene.decisions.record(Decision(article_id=ArticleId("a1"), at=START, by="cli", undone=True))

    scene.replay().run(since=None, in_order=True)

    assert not scene.store.articles.is_accepted(ArticleId("a1"))


def test_a_release_is_known_before_any_file_is_read_again(scene: Scene) -> None:
    article = an_article()
    release = Release(at=START, by="Anna", decided_at=START)
    decision = Decision(article_id=article.id, at=START, by="Anna", origin=article.origin, release=release)
    scene.decisions.record(decision)

    scene.replay().run(since=None, in_order=True)
    scene.store.articles.create(article, owner=DeliveryId("d1"))

    stored = scene.store.articles.get(article.id)
    assert stored
    assert stored.release == release
    assert not scene.store.articles.is_accepted(article.id)


def test_an_article_that_was_deleted_since_the_backup_of_the_server_is_removed_again(scene: Scene) -> None:
    for name in ("a1", "a2"):
        scene.store.articles.create(an_article(name), owner=DeliveryId("d1"))
    deletion = Deletion(article_id=ArticleId("a1"), at=START + timedelta(hours=5), by="Anna")
    scene.decisions.record(deletion_decision(deletion))

    scene.replay().run(since=START + timedelta(hours=4), in_order=True)

    assert scene.store.articles.get(ArticleId("a1")) is None
    assert scene.store.articles.get(ArticleId("a2"))


def test_deliveries_that_were_removed_by_their_age_are_not_replayed(scene: Scene) -> None:
    scene.age_limits = AgeLimits(
        articles=timedelta(days=90),
        deliveries=timedelta(days=30),
        limits=MemoryRetentionLimits(),
        expired=MemoryExpiredDays(),
        originals=MemoryArchive(),
        old_files=MemoryOldFilesList(),
    )
    old, young = scene.arrive(1), scene.arrive(60 * 86_400)
    scene.clock.advance(seconds=(days := 89) * 86_400)
    assert days > 60

    present = scene.replay().missing(since=None)
    emptied = scene.replay().missing(since=None, emptied=True)
    scene.clock.advance(seconds=2 * 86_400)
    later = scene.replay().missing(since=None, emptied=True)

    assert (present.registered, emptied.registered, later.registered) == (1, 2, 1)
    scene.replay().run(since=None, in_order=False, emptied=True)
    assert scene.store.ledger.states([old, young]).keys() == {young}


def test_deliveries_of_articles_that_were_removed_for_memory_are_not_replayed(scene: Scene) -> None:
    for number in range(1, 4):
        scene.arrive(number)
    scene.age_limits.limits.raise_to(START + timedelta(seconds=3))
    scene.age_limits.limits.raise_to(START + timedelta(seconds=2))

    assert scene.replay().missing(since=None).registered == 1
    assert scene.replay().missing(since=None, emptied=True).registered == 1
    assert scene.replay().missing(since=START + timedelta(seconds=4)).registered == 0


def test_a_rebuild_of_an_emptied_server_replays_up_to_the_age_of_articles(scene: Scene) -> None:
    scene.age_limits = AgeLimits(
        articles=timedelta(days=90),
        deliveries=timedelta(days=30),
        limits=MemoryRetentionLimits(),
        expired=MemoryExpiredDays(),
        originals=MemoryArchive(),
        old_files=MemoryOldFilesList(),
    )
    scene.arrive(1)
    scene.clock.advance(seconds=60 * 86_400)

    scene.recovery().look()

    assert scene.store.ledger.balance().seen == 1


def test_a_deleted_article_stays_deleted_after_a_replay(scene: Scene) -> None:
    deletion = Deletion(article_id=ArticleId("a1"), at=START, by="legal desk")
    scene.decisions.record(deletion_decision(deletion))

    scene.replay().run(since=None, in_order=False)

    assert scene.store.articles.deletion(ArticleId("a1")) == deletion


def test_deliveries_whose_originals_the_retention_removed_are_not_replayed(scene: Scene) -> None:
    for number, sha256 in enumerate(("aa" * 32, "bb" * 32), 1):
        scene.journal.append(journal_entry(a_delivery(number, received_at=START, sha256=sha256), None))
    scene.arrive(86_400)
    scene.age_limits.expired.record(ExpiredDay(day="2026/01/01", at=START, kept=("bb" * 32,)))

    scene.recovery().look()

    assert {each.sha256 for each in scene.store.ledger.find(DeliveryQuery())} == {"bb" * 32, "ab" * 32}


def test_of_a_day_whose_record_has_changed_the_deliveries_are_replayed_whose_originals_are_in_the_archive(
    scene: Scene,
) -> None:
    archive = MemoryArchive()
    kept = archive.put(io.BytesIO(b"kept"))
    scene.age_limits = replace(scene.age_limits, originals=archive)
    for number, sha256 in enumerate((kept, "aa" * 32), 1):
        scene.journal.append(journal_entry(a_delivery(number, received_at=START, sha256=sha256), None))
    scene.age_limits.expired.record(ExpiredDay(day="2026/01/01"))

    scene.recovery().look()

    assert {each.sha256 for each in scene.store.ledger.find(DeliveryQuery())} == {kept}


def test_deliveries_whose_originals_a_person_has_deleted_since_are_not_replayed(scene: Scene) -> None:
    before, after = scene.arrive(1), scene.arrive(3)
    deletion = Deletion(article_id=ArticleId("a1"), at=START + timedelta(seconds=2), by="legal desk")
    scene.decisions.record(deletion_decision(deletion, files=["ab" * 32], removed=["ab" * 32]))

    scene.replay().run(since=None, in_order=False)

    assert scene.store.ledger.states([before, after]).keys() == {after}


def test_a_pinned_article_is_pinned_after_a_rebuild_and_its_files_are_replayed_at_any_age(scene: Scene) -> None:
    scene.age_limits = AgeLimits(
        articles=timedelta(days=90),
        deliveries=timedelta(days=30),
        limits=MemoryRetentionLimits(),
        expired=MemoryExpiredDays(),
        originals=MemoryArchive(),
        old_files=MemoryOldFilesList(),
    )
    for number, sha256 in enumerate(("aa" * 32, "bb" * 32, "cc" * 32), 1):
        scene.journal.append(journal_entry(a_delivery(number, received_at=START, sha256=sha256), None))
    scene.clock.advance(seconds=91 * 86_400)
    kept, undone = (Pin(at=START, by="Anna"), Pin(by="Ben"))
    for name, pin, file in (("a1", kept, "aa" * 32), ("a2", undone, "bb" * 32), ("a3", kept, "cc" * 32)):
        decision = Decision(article_id=ArticleId(name), at=START, by=pin.by, pin=pin, files=(file,))
        scene.decisions.record(decision)
    scene.decisions.record(deletion_decision(Deletion(article_id=ArticleId("a3"), at=START, by="legal desk")))

    scene.recovery().look()

    assert [each.sha256 for each in scene.store.ledger.find(DeliveryQuery())] == ["aa" * 32]
    assert scene.store.articles.pins([ArticleId(f"a{number}") for number in (1, 2, 3)]) == {ArticleId("a1"): kept}
