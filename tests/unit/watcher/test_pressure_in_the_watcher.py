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
from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.errors import TransientError
from copytaster.intake.admission import AdmissionRules
from copytaster.intake.file_intake import Intake
from copytaster.intake.pressure import BACKFILL_SHARE, Cause, Gauges, Marks
from copytaster.intake.rename_claims import RenameClaims
from copytaster.intake.source_defaults import SourceDefaults
from copytaster.metrics import PipelineMetrics
from copytaster.model.limits import Limits
from copytaster.model.work import EmptyQueues, RecordingPublisher, Work
from copytaster.monitoring.status import read_status
from copytaster.quarantine.folder import FolderQuarantine
from copytaster.settings import load_settings
from copytaster.store.memory.memory_gauge import FixedMemoryGauge
from copytaster.store.ports.ledger import DeliveryQuery
from copytaster.store.ports.memory_gauge import MemoryUse
from copytaster.store.ports.presence import Part
from copytaster.store.store import Store
from copytaster_watcher.backpressure import LOOK_EVERY, Backpressure, open_backpressure
from copytaster_watcher.discovery.scan import FolderScan
from copytaster_watcher.gauges import LocalDisk, SystemGauges
from copytaster_watcher.late_writers import LateWriters
from copytaster_watcher.loop import BEAT, Loop
from copytaster_watcher.readiness.completeness.patience import Waits
from copytaster_watcher.readiness.stability import StabilityTracker
from copytaster_watcher.watcher import BACKFILL_TURN, HANDS, TURN, Watcher, WatcherDependencies
from tests.factories import a_delivery, finished_files

MARKS = Marks(queue_limit=10, memory_limit=0.8, disk_free_bytes=1_000)

WAITS = Waits(settle=timedelta(seconds=1), empty=timedelta(seconds=10), incomplete=timedelta(seconds=60))
FULL_QUEUE = Gauges(queued=11, free={"inbox": 5_000})
FULL_DISK = Gauges(queued=0, free={"inbox": 999})
CALM = Gauges(queued=0, memory=MemoryUse(used=1, limit=0), free={"inbox": 5_000})


@dataclass(slots=True)
class Instruments:
    """Gauges that a test sets; ``looks`` counts how often they were read."""

    shown: Gauges = CALM
    looks: int = 0

    def __call__(self) -> Gauges:
        self.looks += 1
        return self.shown


class SlowArchive(MemoryArchive):
    """An archive that takes a while for each file."""

    def __init__(self, clock: ManualClock, seconds: float) -> None:
        super().__init__()
        self._clock = clock
        self._seconds = seconds

    def put(self, file: object) -> str:
        """Keep the bytes after a while."""
        self._clock.advance(seconds=self._seconds)
        return super().put(file)  # type: ignore[arg-type]  # a binary file


@dataclass(slots=True)
class Desk:
    """A watcher whose gauges are set by hand."""

    inbox: Path
    clock: ManualClock
    store: Store
    instruments: Instruments
    registry: CollectorRegistry
    deps: WatcherDependencies
    watcher: Watcher = field(init=False)

    def __post_init__(self) -> None:
        self.watcher = Watcher(self.deps)

    def drop(self, *names: str) -> None:
        for name in names:
            (self.inbox / name).write_text(f"story of {name}.")

    def later(self, gauges: Gauges) -> int:
        """Show other gauges, wait until they are looked at again, do a round and return what it did."""
        self.instruments.shown = gauges
        self.clock.advance(seconds=LOOK_EVERY.total_seconds())
        return self.watcher.round()

    def in_inbox(self) -> list[str]:
        return sorted(each.name for each in self.inbox.iterdir() if each.is_file())

    def paused(self, cause: Cause) -> float | None:
        return self.registry.get_sample_value("copytaster_intake_paused", {"reason": cause.value})


@pytest.fixture
def desk(tmp_path: Path, clock: ManualClock) -> Iterator[Desk]:
    inbox, store, instruments, registry = tmp_path / "inbox", memory_store(clock), Instruments(), CollectorRegistry()
    inbox.mkdir()
    claims, metrics = RenameClaims(inbox, "watcher"), PipelineMetrics(registry)
    deps = WatcherDependencies(
        scan=FolderScan(inbox),
        stability=StabilityTracker(timedelta(seconds=1)),
        finished=finished_files(inbox, WAITS, clock, max_file_bytes=1_000_000),
        returns=LateWriters(tmp_path / "quarantine", inbox, clock),
        claims=claims,
        intake=Intake(
            ledger=store.ledger,
            archive=MemoryArchive(),
            journal=MemoryJournal(),
            quarantine=FolderQuarantine(tmp_path / "quarantine"),
            clock=clock,
            admission=AdmissionRules(Limits(file_bytes=1_000)),
            source_defaults=SourceDefaults(inbox),
        ),
        publisher=RecordingPublisher(),
        backpressure=Backpressure(instruments, MARKS, metrics, clock),
        metrics=metrics,
        clock=clock,
        steady=clock,
        name="watcher@test:1",
        batch_size=3,
    )
    yield Desk(inbox, clock, store, instruments, registry, deps)
    claims.close()


def test_a_full_queue_leaves_files_in_the_inbox_until_it_has_room(desk: Desk) -> None:
    desk.drop("a.txt", "b.txt")
    desk.watcher.round()

    while_full = desk.later(FULL_QUEUE)
    left, backlog = desk.in_inbox(), desk.watcher.progress.backlog
    still_above_the_low_mark = desk.later(replace(FULL_QUEUE, queued=9))
    with_room = desk.later(replace(FULL_QUEUE, queued=8))

    assert (while_full, still_above_the_low_mark, with_room) == (0, 0, 2)
    assert (left, backlog) == (["a.txt", "b.txt"], 2)
    assert (desk.in_inbox(), desk.watcher.progress.backlog) == ([], 0)


def test_claims_made_before_a_pause_are_finished(desk: Desk) -> None:
    desk.drop("claimed.txt", "left.txt")
    desk.deps.claims.take("claimed.txt", a_delivery(1).id)
    desk.watcher.round()

    desk.later(FULL_QUEUE)

    assert list(desk.deps.claims.pending()) == []
    assert desk.in_inbox() == ["left.txt"]


def test_a_full_disk_stops_claims_that_were_made_as_well(desk: Desk) -> None:
    desk.drop("claimed.txt")
    desk.deps.claims.take("claimed.txt", a_delivery(1).id)

    while_full = desk.later(FULL_DISK)
    kept = [claim.path for claim in desk.deps.claims.pending()]
    afterwards = desk.later(CALM)

    assert (while_full, kept, afterwards) == (0, ["claimed.txt"], 1)


def test_a_pause_is_said_once_a_change(desk: Desk) -> None:
    with capture_logs() as logs:
        for gauges in (CALM, FULL_QUEUE, FULL_QUEUE, replace(FULL_DISK, queued=12), FULL_DISK, CALM, CALM):
            desk.drop("story.txt")
            desk.later(gauges)

    said = [(each["event"], each["causes"]) for each in logs if each["event"].startswith("intake.")]
    assert said == [
        ("intake.paused", ["queue"]),
        ("intake.paused", ["queue", "disk"]),
        ("intake.paused", ["disk"]),
        ("intake.resumed", ["disk"]),
    ]


def test_the_metric_says_which_cause_holds(desk: Desk) -> None:
    desk.drop("story.txt")
    before = [desk.paused(cause) for cause in Cause]
    desk.watcher.round()

    desk.later(FULL_QUEUE)

    assert before == [0, 0, 0]
    assert [desk.paused(cause) for cause in Cause] == [1, 0, 0]


def test_the_gauges_are_not_read_for_every_file(desk: Desk) -> None:
    desk.drop(*(f"{number}.txt" for number in range(50)))
    desk.watcher.round()
    before = desk.instruments.looks

    done = desk.later(CALM)

    assert (done, desk.instruments.looks - before) == (50, 1)


def test_a_clock_that_was_set_back_does_not_put_the_next_look_off(desk: Desk) -> None:
    desk.deps.backpressure.look()
    desk.instruments.shown = FULL_QUEUE

    desk.clock.advance(seconds=-86_400)

    assert desk.deps.backpressure.look().keys() == {Cause.QUEUE}


def test_a_burst_stops_at_the_mark_rather_than_at_its_end(desk: Desk) -> None:
    """The queue fills while the burst is taken in: what is past the mark stays in the inbox."""
    gauges = SystemGauges(store=desk.store, disk=LocalDisk(), folders={})
    archive = SlowArchive(desk.clock, seconds=0.1)
    desk.watcher = Watcher(
        replace(
            desk.deps,
            intake=replace(desk.deps.intake, archive=archive),
            backpressure=Backpressure(gauges, MARKS, PipelineMetrics(CollectorRegistry()), desk.clock),
        )
    )
    desk.drop(*(f"{number}.txt" for number in range(100)))
    desk.watcher.round()
    desk.clock.advance(seconds=1)

    done = [desk.watcher.round() for _ in range(10)]

    most = MARKS.queue_limit + int(LOOK_EVERY.total_seconds() / 0.1)
    assert MARKS.queue_limit < sum(done) <= most
    assert len(desk.in_inbox()) == 100 - sum(done)


def test_a_long_burst_is_taken_in_turns_so_that_signs_of_life_come_between(desk: Desk) -> None:
    archive = SlowArchive(desk.clock, seconds=TURN.total_seconds() / 4)
    desk.watcher = Watcher(replace(desk.deps, intake=replace(desk.deps.intake, archive=archive)))
    desk.drop(*(f"{number}.txt" for number in range(2 * HANDS + 2)))
    desk.watcher.round()
    desk.clock.advance(seconds=1)

    turns, pauses = list[int](), list[timedelta]()
    for _ in range(3):
        turns.append(desk.watcher.round())
        pauses.append(desk.watcher.next_round_in(timedelta(seconds=60)))

    assert turns == [HANDS, HANDS, 2]
    assert pauses == [timedelta(0), timedelta(0), timedelta(seconds=60)]


def test_a_pause_shows_in_the_status_with_its_figures_and_leaves_the_system_ready(desk: Desk) -> None:
    loop = Loop(desk.watcher, desk.deps.claims, desk.store.presence, desk.clock, name="watcher@test:1")
    desk.drop("story.txt")
    loop.turn(timedelta(seconds=1))
    desk.instruments.shown = FULL_QUEUE
    desk.clock.advance(seconds=BEAT.total_seconds())
    loop.turn(timedelta(seconds=1))

    status = read_status(desk.store, EmptyQueues(), now=desk.clock.now())

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


def test_the_pause_of_a_watcher_that_has_gone_is_no_notice(desk: Desk) -> None:
    loop = Loop(desk.watcher, desk.deps.claims, desk.store.presence, desk.clock, name="watcher@test:1")
    desk.instruments.shown = FULL_QUEUE
    desk.drop("story.txt")
    desk.watcher.round()
    desk.clock.advance(seconds=1)
    loop.turn(timedelta(seconds=1))
    at_once = read_status(desk.store, EmptyQueues(), now=desk.clock.now()).notices

    desk.clock.advance(seconds=30)

    assert len(at_once) == 1
    assert read_status(desk.store, EmptyQueues(), now=desk.clock.now()).notices == ()


class AwayMemory(FixedMemoryGauge):
    """The memory of a server that does not answer."""

    def read(self) -> MemoryUse:
        """Fail."""
        raise TransientError("the server is away")


class FewDisks:
    """Disks of which one is away."""

    def free(self, folder: Path) -> int:
        """Return a figure, or fail for the folder `away`."""
        if folder.name == "away":
            raise OSError("stale file handle")
        return 7


def test_the_gauges_read_ledger_memory_and_disks(desk: Desk) -> None:
    for number, lane in enumerate([Work.INGEST, Work.SUSPECT, Work.BACKFILL, Work.BACKFILL, Work.BACKFILL]):
        desk.store.ledger.register(a_delivery(number, lane=lane), due_in=timedelta(0), by="w")
    gauges = SystemGauges(store=desk.store, disk=FewDisks(), folders={"inbox": desk.inbox})

    assert gauges() == Gauges(queued=2, backfilling=3, memory=MemoryUse(used=1, limit=0), free={"inbox": 7})


def test_what_is_away_is_left_out_of_the_gauges(desk: Desk) -> None:
    store = replace(desk.store, memory=AwayMemory())
    gauges = SystemGauges(store=store, disk=FewDisks(), folders={"inbox": desk.inbox, "archive": Path("away")})

    assert gauges() == Gauges(queued=None, memory=None, free={"inbox": 7})


def test_the_disk_of_a_folder_that_is_not_there_yet_is_its_parents(tmp_path: Path) -> None:
    assert LocalDisk().free(tmp_path / "not" / "yet") > 0


@pytest.mark.parametrize("archive", [{}, {"COPYTASTER_ARCHIVE_URL": "memory://bucket"}])
def test_the_settings_give_the_marks_and_the_disks(tmp_path: Path, desk: Desk, archive: dict[str, str]) -> None:
    """More free space is asked for than any disk has; the sentence names the fullest, here the last that is read."""
    environ = {"COPYTASTER_DATA": str(tmp_path), "COPYTASTER_DISK_FREE_BYTES": str(2**63)} | archive

    backpressure = open_backpressure(
        load_settings(environ), desk.store, PipelineMetrics(CollectorRegistry()), clock=desk.clock
    )

    assert backpressure.look().keys() == {Cause.DISK}
    assert backpressure.why


def drop_old(desk: Desk, *names: str) -> None:
    """Drop files that were last changed a month ago."""
    desk.drop(*names)
    for name in names:
        moment = desk.clock.now().timestamp() - timedelta(days=30).total_seconds()
        os.utime(desk.inbox / name, (moment, moment))


def taken(desk: Desk) -> list[tuple[str, Work]]:
    """Return names and lanes in the order in which they were taken in."""
    return [(each.name, each.lane) for each in desk.store.ledger.find(DeliveryQuery(limit=100))[::-1]]


def test_old_files_are_taken_into_a_lane_of_their_own(desk: Desk) -> None:
    drop_old(desk, "a.txt", "c.txt")
    desk.drop("b.txt", "d.txt")
    desk.watcher.round()
    desk.clock.advance(seconds=1)

    desk.watcher.round()

    assert {name for name, lane in taken(desk) if lane is Work.BACKFILL} == {"a.txt", "c.txt"}
    assert {name for name, lane in taken(desk) if lane is Work.INGEST} == {"b.txt", "d.txt"}
    assert isinstance(desk.deps.publisher, RecordingPublisher)
    assert sorted(lane for lane, _ in desk.deps.publisher.published) == [Work.BACKFILL] * 2 + [Work.INGEST] * 2


def test_a_live_file_waits_for_a_turn_of_old_ones_and_not_for_all_of_them(desk: Desk) -> None:
    archive = SlowArchive(desk.clock, seconds=BACKFILL_TURN.total_seconds() / 2)
    desk.watcher = Watcher(replace(desk.deps, intake=replace(desk.deps.intake, archive=archive)))
    drop_old(desk, *(f"old-{number}.txt" for number in range(60)))
    desk.watcher.round()
    desk.clock.advance(seconds=1)
    turn = desk.watcher.round()
    pause = desk.watcher.next_round_in(timedelta(seconds=60))
    desk.drop("live.txt")

    for _ in range(5):
        desk.watcher.round()

    names = [name for name, _ in taken(desk)]
    assert 0 < turn < 20
    assert pause == timedelta(0)
    assert (
        names.index("live.txt") <= 4 * turn
    )  # its settle time is two turns at most, and the watcher looks once a turn


def test_old_files_stay_in_the_inbox_while_enough_of_them_wait_and_live_ones_are_taken(desk: Desk) -> None:
    most = int(MARKS.queue_limit * BACKFILL_SHARE)
    drop_old(desk, "old.txt")
    desk.drop("live.txt")
    desk.watcher.round()

    done = [desk.later(replace(CALM, backfilling=most + 1)), desk.later(replace(CALM, backfilling=0))]

    assert done == [1, 1]
    assert taken(desk) == [("live.txt", Work.INGEST), ("old.txt", Work.BACKFILL)]
    assert desk.watcher.progress.paused is None
