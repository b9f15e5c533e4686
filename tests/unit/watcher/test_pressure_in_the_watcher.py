from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from copytaster.archive.journal import MemoryJournal
from copytaster.archive.originals import MemoryArchive
from copytaster.bootstrap.environment import load_settings
from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.errors import TransientError
from copytaster.intake.admission import AdmissionRules
from copytaster.intake.file_intake import Intake
from copytaster.intake.pauses import PauseWatch
from copytaster.intake.pressure import BACKFILL_SHARE, Cause, Gauges, Marks
from copytaster.intake.rename_claims import RenameClaims
from copytaster.intake.source_defaults import SourceDefaults
from copytaster.metrics import WatcherMetrics
from copytaster.model.limits import Limits
from copytaster.model.work import EmptyQueues, RecordingPublisher, Work
from copytaster.monitoring.heartbeat import INTERVAL
from copytaster.monitoring.status import read_status
from copytaster.quarantine.folder import FolderQuarantine
from copytaster.store.memory.memory_gauge import FixedMemoryGauge
from copytaster.store.ports.ledger import DeliveryQuery
from copytaster.store.ports.memory_gauge import MemoryUse
from copytaster.store.ports.presence import Part
from copytaster.store.store import Store
from copytaster.system.disk import DiskUse, disk_use
from copytaster_watcher.areas import Area
from copytaster_watcher.backpressure import CHECK_INTERVAL, Backpressure, open_backpressure
from copytaster_watcher.discovery.arrivals import Arrivals
from copytaster_watcher.discovery.scan import FolderScan
from copytaster_watcher.gauges import SystemGauges
from copytaster_watcher.group_intake import GROUP
from copytaster_watcher.loop import Loop
from copytaster_watcher.readiness.completeness.patience import Waits
from copytaster_watcher.readiness.stability import StabilityTracker
from copytaster_watcher.watcher import BACKFILL_TURN, TURN, Watcher, WatcherDependencies
from tests.factories import METADATA_READER, a_delivery, finished_files

MARKS = Marks(queue_limit=10, memory_limit=0.8, disk_free_bytes=1_000)

WAITS = Waits(settle=timedelta(seconds=1), empty=timedelta(seconds=10), incomplete=timedelta(seconds=60))
FULL_QUEUE = Gauges(queued=11, disks={"inbox": DiskUse(used=1, free=5_000)})
FULL_DISK = Gauges(queued=0, disks={"inbox": DiskUse(used=1, free=999)})
CALM = Gauges(queued=0, memory=MemoryUse(used=1, limit=0), disks={"inbox": DiskUse(used=1, free=5_000)})


@dataclass(slots=True)
class Instruments:
    """Gauges that a test sets; ``reads`` counts how often they were read."""

    shown: Gauges = CALM
    reads: int = 0

    def __call__(self) -> Gauges:
        self.reads += 1
        return self.shown


class SlowArchive(MemoryArchive):
    """An archive that is slow for each file."""

    def __init__(self, clock: ManualClock, seconds: float) -> None:
        super().__init__()
        self._clock = clock
        self._seconds = seconds

    def put(self, file: object) -> str:
        """Store the bytes after a delay."""
        self._clock.advance(seconds=self._seconds)
        return super().put(file)  # type: ignore[arg-type]  # a binary file


@dataclass(slots=True)
class WatchedInbox:
    """A watcher whose gauges a test sets."""

    inbox: Path
    clock: ManualClock
    store: Store
    gauges: Instruments
    registry: CollectorRegistry
    deps: WatcherDependencies
    watcher: Watcher = field(init=False)

    def __post_init__(self) -> None:
        self.watcher = Watcher(self.deps)

    def drop(self, *names: str) -> None:
        for name in names:
            (self.inbox / name).write_text(f"story of {name}.")

    def later(self, gauges: Gauges) -> int:
        """Set the gauges, wait until they are read again, do a round and return its result."""
        self.gauges.shown = gauges
        self.clock.advance(seconds=CHECK_INTERVAL.total_seconds())
        return self.watcher.round()

    def in_inbox(self) -> list[str]:
        return sorted(each.name for each in self.inbox.iterdir() if each.is_file())

    def paused(self, cause: Cause) -> float | None:
        return self.registry.get_sample_value("copytaster_intake_paused", {"reason": cause.value})


@pytest.fixture
def watched(tmp_path: Path, clock: ManualClock) -> Iterator[WatchedInbox]:
    inbox, store, gauges, registry = tmp_path / "inbox", memory_store(clock), Instruments(), CollectorRegistry()
    inbox.mkdir()
    claims, metrics = RenameClaims(inbox, "watcher"), WatcherMetrics(registry)
    deps = WatcherDependencies(
        areas=[
            Area(
                FolderScan(inbox),
                StabilityTracker(timedelta(seconds=1), Arrivals(clock)),
                finished_files(inbox, WAITS, clock, max_file_bytes=1_000_000),
                clock,
            )
        ],
        claims=claims,
        intake=Intake(
            ledger=store.ledger,
            archive=MemoryArchive(),
            journal=MemoryJournal(),
            quarantine=FolderQuarantine(tmp_path / "quarantine"),
            clock=clock,
            admission=AdmissionRules(Limits(file_bytes=1_000)),
            source_defaults=SourceDefaults(inbox, METADATA_READER),
            metadata_reader=METADATA_READER,
        ),
        publisher=RecordingPublisher(),
        backpressure=Backpressure(gauges, MARKS, metrics, clock),
        metrics=metrics,
        clock=clock,
        monotonic_clock=clock,
        pauses=PauseWatch(store.pauses, clock),
        name="watcher@test:1",
    )
    yield WatchedInbox(inbox, clock, store, gauges, registry, deps)
    claims.close()


def test_a_full_queue_leaves_files_in_the_inbox_until_it_has_room(watched: WatchedInbox) -> None:
    watched.drop("a.txt", "b.txt")
    watched.watcher.round()

    while_full = watched.later(FULL_QUEUE)
    left, backlog = watched.in_inbox(), watched.watcher.progress.backlog
    still_above_the_low_mark = watched.later(replace(FULL_QUEUE, queued=9))
    with_room = watched.later(replace(FULL_QUEUE, queued=8))

    assert (while_full, still_above_the_low_mark, with_room) == (0, 0, 2)
    assert (left, backlog) == (["a.txt", "b.txt"], 2)
    assert (watched.in_inbox(), watched.watcher.progress.backlog) == ([], 0)


def test_claims_made_before_a_pause_are_finished(watched: WatchedInbox) -> None:
    watched.drop("claimed.txt", "left.txt")
    watched.deps.claims.take("claimed.txt", a_delivery(1).id)
    watched.watcher.round()

    watched.later(FULL_QUEUE)

    assert list(watched.deps.claims.pending()) == []
    assert watched.in_inbox() == ["left.txt"]


def test_a_full_disk_stops_claims_that_were_made_as_well(watched: WatchedInbox) -> None:
    watched.drop("claimed.txt")
    watched.deps.claims.take("claimed.txt", a_delivery(1).id)

    while_full = watched.later(FULL_DISK)
    quarantined = [claim.path for claim in watched.deps.claims.pending()]
    afterwards = watched.later(CALM)

    assert (while_full, quarantined, afterwards) == (0, ["claimed.txt"], 1)


def test_each_pause_and_resumption_is_logged_once(watched: WatchedInbox) -> None:
    with capture_logs() as logs:
        for gauges in (CALM, FULL_QUEUE, FULL_QUEUE, replace(FULL_DISK, queued=12), FULL_DISK, CALM, CALM):
            watched.drop("story.txt")
            watched.later(gauges)

    logged = [(each["event"], each["causes"]) for each in logs if each["event"].startswith("intake.")]
    assert logged == [
        ("intake.paused", ["queue"]),
        ("intake.paused", ["queue", "disk"]),
        ("intake.paused", ["disk"]),
        ("intake.resumed", ["disk"]),
    ]


def test_the_metric_has_the_cause_of_the_pause(watched: WatchedInbox) -> None:
    watched.drop("story.txt")
    before = [watched.paused(cause) for cause in Cause]
    watched.watcher.round()

    watched.later(FULL_QUEUE)

    assert before == [0, 0, 0]
    assert [watched.paused(cause) for cause in Cause] == [1, 0, 0]


def test_the_gauges_are_not_read_for_every_file(watched: WatchedInbox) -> None:
    watched.drop(*(f"{number}.txt" for number in range(50)))
    watched.watcher.round()
    before = watched.gauges.reads

    done = watched.later(CALM)

    assert (done, watched.gauges.reads - before) == (50, 1)


def test_a_clock_that_was_set_back_does_not_postpone_the_next_check(watched: WatchedInbox) -> None:
    watched.deps.backpressure.check()
    watched.gauges.shown = FULL_QUEUE

    watched.clock.advance(seconds=-86_400)

    assert watched.deps.backpressure.check().keys() == {Cause.QUEUE}


def test_the_intake_of_a_burst_stops_at_the_limit(watched: WatchedInbox) -> None:
    """The queue fills while the burst is taken in: files beyond the limit stay in the inbox."""
    gauges = SystemGauges(store=watched.store, measure=disk_use, folders={})
    archive = SlowArchive(watched.clock, seconds=0.1)
    watched.watcher = Watcher(
        replace(
            watched.deps,
            intake=replace(watched.deps.intake, archive=archive),
            backpressure=Backpressure(gauges, MARKS, WatcherMetrics(CollectorRegistry()), watched.clock),
        )
    )
    watched.drop(*(f"{number}.txt" for number in range(100)))
    watched.watcher.round()
    watched.clock.advance(seconds=1)

    done = [watched.watcher.round() for _ in range(10)]

    most = MARKS.queue_limit + int(CHECK_INTERVAL.total_seconds() / 0.1)
    assert MARKS.queue_limit < sum(done) <= most
    assert len(watched.in_inbox()) == 100 - sum(done)


def test_a_long_burst_is_taken_in_turns_with_heartbeats_between_them(watched: WatchedInbox) -> None:
    archive = SlowArchive(watched.clock, seconds=TURN.total_seconds() / 4)
    watched.watcher = Watcher(replace(watched.deps, intake=replace(watched.deps.intake, archive=archive)))
    watched.drop(*(f"{number}.txt" for number in range(2 * GROUP + 2)))
    watched.watcher.round()
    watched.clock.advance(seconds=1)

    turns, pauses = list[int](), list[timedelta]()
    for _ in range(3):
        turns.append(watched.watcher.round())
        pauses.append(watched.watcher.next_round_in(timedelta(seconds=60)))

    assert turns == [GROUP, GROUP, 2]
    assert pauses == [timedelta(0), timedelta(0), timedelta(seconds=60)]


def test_a_pause_shows_in_the_status_with_its_figures_and_leaves_the_system_ready(watched: WatchedInbox) -> None:
    loop = Loop(watched.watcher, watched.deps.claims, watched.store.presence, watched.clock, name="watcher@test:1")
    watched.drop("story.txt")
    loop.turn(timedelta(seconds=1))
    watched.gauges.shown = FULL_QUEUE
    watched.clock.advance(seconds=INTERVAL.total_seconds())
    loop.turn(timedelta(seconds=1))

    status = read_status(watched.store, EmptyQueues(), now=watched.clock.now())

    assert [each.code for each in status.problems] == ["no_worker"]
    assert [(each.code, each.message) for each in status.notices] == [
        (
            "intake_paused",
            (
                "the intake is paused, files stay in the inbox:"
                " 11 deliveries are in flight; the limit is 10, the intake resumes at 8"
            ),
        )
    ]
    assert [each.details["backlog"] for each in status.parts if each.part is Part.WATCHER] == [1]


def test_the_pause_of_a_watcher_that_has_gone_is_no_notice(watched: WatchedInbox) -> None:
    loop = Loop(watched.watcher, watched.deps.claims, watched.store.presence, watched.clock, name="watcher@test:1")
    watched.gauges.shown = FULL_QUEUE
    watched.drop("story.txt")
    watched.watcher.round()
    watched.clock.advance(seconds=1)
    loop.turn(timedelta(seconds=1))
    at_once = read_status(watched.store, EmptyQueues(), now=watched.clock.now()).notices

    watched.clock.advance(seconds=30)

    assert len(at_once) == 1
    assert read_status(watched.store, EmptyQueues(), now=watched.clock.now()).notices == ()


class AwayMemory(FixedMemoryGauge):
    """The memory of a server that does not answer."""

    def read(self) -> MemoryUse:
        """Fail."""
        raise TransientError("the server is away")


def measure_few(folder: Path) -> DiskUse:
    """Return a figure, or fail for the folder `away`."""
    if folder.name == "away":
        raise OSError("stale file handle")
    return DiskUse(used=1, free=7)


def test_the_gauges_read_ledger_memory_and_disks(watched: WatchedInbox) -> None:
    for number, lane in enumerate([Work.INGEST, Work.SUSPECT, Work.BACKFILL, Work.BACKFILL, Work.BACKFILL]):
        watched.store.ledger.register(a_delivery(number, lane=lane), due_in=timedelta(0), by="w")
    gauges = SystemGauges(store=watched.store, measure=measure_few, folders={"inbox": watched.inbox})

    assert gauges() == Gauges(
        queued=2, backfilling=3, memory=MemoryUse(used=1, limit=0), disks={"inbox": DiskUse(used=1, free=7)}
    )


def test_figures_that_cannot_be_read_are_left_out_of_the_gauges(watched: WatchedInbox) -> None:
    store = replace(watched.store, memory=AwayMemory())
    gauges = SystemGauges(store=store, measure=measure_few, folders={"inbox": watched.inbox, "archive": Path("away")})

    assert gauges() == Gauges(queued=None, memory=None, disks={"inbox": DiskUse(used=1, free=7)})


@pytest.mark.parametrize("archive", [{}, {"COPYTASTER_ARCHIVE_URL": "memory://bucket"}])
def test_the_settings_give_the_marks_and_the_disks(
    tmp_path: Path, watched: WatchedInbox, archive: dict[str, str]
) -> None:
    """The limit exceeds the free space of any disk; the sentence names the fullest disk, here the last one read."""
    environ = {"COPYTASTER_DATA": str(tmp_path), "COPYTASTER_DISK_FREE_BYTES": str(2**63)} | archive

    backpressure = open_backpressure(
        load_settings(environ), watched.store, WatcherMetrics(CollectorRegistry()), clock=watched.clock
    )

    assert backpressure.check().keys() == {Cause.DISK}
    assert backpressure.why


def drop_old(watched: WatchedInbox, *names: str) -> None:
    """Drop files that were last changed a month ago."""
    watched.drop(*names)
    for name in names:
        moment = watched.clock.now().timestamp() - timedelta(days=30).total_seconds()
        os.utime(watched.inbox / name, (moment, moment))


def taken(watched: WatchedInbox) -> list[tuple[str, Work]]:
    """Return names and lanes in the order in which they were taken in."""
    return [(each.name, each.lane) for each in watched.store.ledger.find(DeliveryQuery(limit=100))[::-1]]


def test_old_files_are_taken_into_the_backfill_lane(watched: WatchedInbox) -> None:
    drop_old(watched, "a.txt", "c.txt")
    watched.drop("b.txt", "d.txt")
    watched.watcher.round()
    watched.clock.advance(seconds=1)

    watched.watcher.round()

    assert {name for name, lane in taken(watched) if lane is Work.BACKFILL} == {"a.txt", "c.txt"}
    assert {name for name, lane in taken(watched) if lane is Work.INGEST} == {"b.txt", "d.txt"}
    assert isinstance(watched.deps.publisher, RecordingPublisher)
    assert sorted(lane for lane, _ in watched.deps.publisher.published) == [Work.BACKFILL] * 2 + [Work.INGEST] * 2


def test_a_live_file_waits_for_a_turn_of_old_ones_and_not_for_all_of_them(watched: WatchedInbox) -> None:
    archive = SlowArchive(watched.clock, seconds=BACKFILL_TURN.total_seconds() / 2)
    watched.watcher = Watcher(replace(watched.deps, intake=replace(watched.deps.intake, archive=archive)))
    drop_old(watched, *(f"old-{number}.txt" for number in range(5 * GROUP)))
    watched.watcher.round()
    watched.clock.advance(seconds=1)
    turn = watched.watcher.round()
    pause = watched.watcher.next_round_in(timedelta(seconds=60))
    watched.drop("live.txt")

    for _ in range(5):
        watched.watcher.round()

    names = [name for name, _ in taken(watched)]
    assert turn == GROUP
    assert pause == timedelta(0)
    assert names.index("live.txt") < 3 * turn  # it is found after one turn, settles in another, and is in the third


def test_old_files_stay_in_the_inbox_while_enough_of_them_wait_and_live_ones_are_taken(watched: WatchedInbox) -> None:
    most = int(MARKS.queue_limit * BACKFILL_SHARE)
    drop_old(watched, "old.txt")
    watched.drop("live.txt")
    watched.watcher.round()

    done = [watched.later(replace(CALM, backfilling=most + 1)), watched.later(replace(CALM, backfilling=0))]

    assert done == [1, 1]
    assert taken(watched) == [("live.txt", Work.INGEST), ("old.txt", Work.BACKFILL)]
    assert watched.watcher.progress.paused is None
