"""The watcher over an inbox whose files are left in place: the same rounds, with leases instead of renames."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

import pytest
from prometheus_client import CollectorRegistry

from copytaster.archive.journal import MemoryJournal
from copytaster.archive.originals import MemoryArchive
from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.errors import TransientError
from copytaster.intake.admission import AdmissionRules
from copytaster.intake.claim import CombinedClaims
from copytaster.intake.file_intake import Deposit, Intake
from copytaster.intake.lease_claims import LEASE, REFRESH_UNTAKEN, LeaseClaims
from copytaster.intake.pressure import Gauges, Marks
from copytaster.intake.rename_claims import RenameClaims
from copytaster.intake.source_defaults import SourceDefaults
from copytaster.metrics import PipelineMetrics
from copytaster.model.delivery import Delivery, DeliveryId
from copytaster.model.disposition import Reason
from copytaster.model.file_state import FileState
from copytaster.model.limits import Limits
from copytaster.model.work import RecordingPublisher
from copytaster.quarantine.folder import FolderQuarantine
from copytaster.recovery.retry import retry
from copytaster.store.ports.file_leases import FileLeases, Standing
from copytaster.store.ports.ledger import DeliveryQuery
from copytaster.store.store import Store
from copytaster_watcher.backpressure import Backpressure
from copytaster_watcher.discovery.scan import FolderScan
from copytaster_watcher.late_writers import NoLateWriters
from copytaster_watcher.readiness.completeness.patience import Patience, Waits
from copytaster_watcher.readiness.finished import FinishedFiles
from copytaster_watcher.readiness.pairing import Pairing, PairingWaits
from copytaster_watcher.readiness.stability import StabilityTracker
from copytaster_watcher.watcher import Watcher, WatcherDependencies

MARKS = Marks(queue_limit=10_000, memory_limit=0.8, disk_free_bytes=0)
SETTLE = timedelta(seconds=2)
WAITS = Waits(settle=SETTLE, empty=timedelta(seconds=10), incomplete=timedelta(seconds=60))
PAUSE = 60.0
"""More than a writer is given that was seen to pause and go on."""

PAIRS = PairingWaits(settle=SETTLE, sidecar=timedelta(0), orphan=timedelta(seconds=60))


@dataclass(slots=True)
class CountingLeases:
    """Leases that count how often the server is asked about files, and for how many."""

    real: FileLeases
    asked: list[int] = field(default_factory=list)

    def look(self, states: Sequence[FileState]) -> list[Standing]:
        self.asked.append(len(states))
        return self.real.look(states)

    def __getattr__(self, name: str) -> object:
        return getattr(self.real, name)


@dataclass(slots=True)
class Room:
    """An inbox whose files stay, one store, and as many watchers as a test likes."""

    folder: Path
    clock: ManualClock
    store: Store
    leases: CountingLeases
    intake: Intake
    publisher: RecordingPublisher = field(default_factory=RecordingPublisher)
    opened: list[CombinedClaims] = field(default_factory=list)

    @property
    def inbox(self) -> Path:
        return self.folder / "inbox"

    def watcher(self, name: str = "one", **changed: object) -> Watcher:
        leased = LeaseClaims(self.inbox, self.leases, self.clock, owner=name)  # type: ignore[arg-type]  # by __getattr__
        claims = CombinedClaims(leased, RenameClaims(self.folder / "staging", f"{name}-{len(self.opened)}"))
        self.opened.append(claims)
        metrics = PipelineMetrics(CollectorRegistry())
        patience = Patience(self.inbox, WAITS, max_file_bytes=1_000)
        pairing = Pairing(self.inbox, PAIRS, patience, self.clock)
        deps = WatcherDependencies(
            scan=FolderScan(self.inbox),
            stability=StabilityTracker(SETTLE),
            finished=FinishedFiles(patience, pairing, SourceDefaults(self.inbox)),
            returns=NoLateWriters(),
            claims=claims,
            intake=self.intake,
            publisher=self.publisher,
            backpressure=Backpressure(Gauges, MARKS, metrics, self.clock),
            metrics=metrics,
            steady=self.clock,
            clock=self.clock,
            name=f"watcher@test:{name}",
            batch_size=20,
        )
        return Watcher(replace(deps, **changed))  # type: ignore[arg-type]  # the test names the fields

    def drop(self, path: str, content: str = "story.") -> Path:
        file = self.inbox / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
        return file

    def rounds(self, watcher: Watcher, *seconds: float) -> list[int]:
        done = [watcher.round()]
        for pause in seconds:
            self.clock.advance(seconds=pause)
            done.append(watcher.round())
        return done

    def deliveries(self) -> list[Delivery]:
        assert self.store.ledger.balance().closed
        return self.store.ledger.find(DeliveryQuery(limit=1_000))[::-1]

    def paths(self) -> list[str]:
        return sorted(each.path for each in self.deliveries())


@pytest.fixture
def room(tmp_path: Path, clock: ManualClock) -> Iterator[Room]:
    (tmp_path / "inbox").mkdir()
    store = memory_store(clock)
    store.files.open(store.epoch.look().run)
    intake = Intake(
        ledger=store.ledger,
        archive=MemoryArchive(),
        journal=MemoryJournal(),
        quarantine=FolderQuarantine(tmp_path / "quarantine"),
        clock=clock,
        admission=AdmissionRules(Limits(file_bytes=1_000)),
        source_defaults=SourceDefaults(tmp_path / "inbox"),
    )
    room = Room(tmp_path, clock, store, CountingLeases(store.files), intake)
    yield room
    for each in room.opened:
        each.close()


def test_a_file_is_taken_once_and_stays_where_it_is(room: Room) -> None:
    file = room.drop("wire/story.txt")
    watcher = room.watcher()

    done = room.rounds(watcher, 2, 5, 3600, 86_400)

    assert done == [0, 1, 0, 0, 0]
    assert file.read_text() == "story."
    assert (room.paths(), watcher.progress.backlog) == (["wire/story.txt"], 0)
    assert list(room.inbox.iterdir()) == [room.inbox / "wire"]


def test_neither_a_restart_nor_another_watcher_takes_it_again(room: Room) -> None:
    room.drop("story.txt")
    room.rounds(room.watcher(), 2)

    done = [room.rounds(room.watcher(name), 2, 10) for name in ("one", "other")]

    assert done == [[0, 0, 0], [0, 0, 0]]
    assert len(room.deliveries()) == 1


def test_a_file_that_changes_is_a_new_delivery(room: Room) -> None:
    file, watcher = room.drop("story.txt"), room.watcher()
    room.rounds(watcher, 2)
    file.write_text("story, continued.")
    longer = room.rounds(watcher, 2, PAUSE)
    os.utime(file, ns=(1, 1))
    touched = room.rounds(watcher, 2, PAUSE)

    assert (sum(longer), sum(touched)) == (1, 1)
    assert [each.size for each in room.deliveries()] == [6, 17, 17]


def test_a_new_name_or_other_permissions_bring_no_new_delivery(room: Room) -> None:
    file, watcher = room.drop("story.txt"), room.watcher()
    room.rounds(watcher, 2)
    file.chmod(0o600)
    file.rename(room.inbox / "renamed.txt")

    assert room.rounds(watcher, 2, 5) == [0, 0, 0]


def test_files_that_are_known_cost_the_server_nothing(room: Room) -> None:
    for number in range(50):
        room.drop(f"{number}.txt", f"story {number}.")
    room.rounds(room.watcher(), 2)
    watcher = room.watcher("other")
    room.leases.asked.clear()

    room.rounds(watcher, *[1] * 100)

    assert room.leases.asked == [50]
    room.drop("new.txt")
    room.rounds(watcher, 2, 1)
    assert room.leases.asked == [50, 1]


def test_marks_are_refreshed_while_the_file_is_seen(room: Room) -> None:
    room.drop("story.txt")
    watcher = room.watcher()
    room.rounds(watcher, 2, *[3 * 86_400] * 30)

    assert room.rounds(room.watcher("other"), 2) == [0, 0]
    assert len(room.deliveries()) == 1


class FlakyArchive(MemoryArchive):
    """An archive that is away for as long as a test likes."""

    def __init__(self, *, away: bool = False) -> None:
        super().__init__()
        self.away = away

    def put(self, file: BinaryIO) -> str:
        if self.away:
            raise TransientError("the archive is away")
        return super().put(file)


def test_a_dead_watchers_file_is_taken_over_with_its_delivery(room: Room) -> None:
    room.drop("story.txt")
    dying = room.watcher(intake=replace(room.intake, archive=FlakyArchive(away=True)))
    room.rounds(dying, 2)
    planned = [each.delivery_id for each in room.opened[0].pending()]
    other = room.watcher("other")

    early = room.rounds(other, 2, REFRESH_UNTAKEN.total_seconds())
    room.clock.advance(seconds=LEASE.total_seconds())
    late = room.rounds(other, 2)

    assert (early, late) == ([0, 0, 0], [0, 1])
    assert [each.id for each in room.deliveries()] == planned


def test_an_interrupted_file_is_gone_on_with_by_its_own_watcher(room: Room) -> None:
    room.drop("story.txt")
    archive = FlakyArchive(away=True)
    watcher = room.watcher(intake=replace(room.intake, archive=archive))
    away = room.rounds(watcher, 2, 60, 60)
    archive.away = False

    assert (away, room.rounds(watcher, 1)) == ([0, 0, 0, 0], [1, 0])
    assert len(room.deliveries()) == 1
    assert watcher.progress.interrupted is None


def test_a_file_that_changes_while_it_is_claimed_is_taken_as_what_it_becomes(room: Room) -> None:
    file, archive = room.drop("story.txt"), FlakyArchive(away=True)
    watcher = room.watcher(intake=replace(room.intake, archive=archive))
    room.rounds(watcher, 2)
    archive.away = False
    file.write_text("story, continued.")

    room.rounds(watcher, 2, PAUSE)

    assert [each.size for each in room.deliveries()] == [17]
    assert list(room.opened[0].pending()) == []


def test_of_a_refused_file_the_quarantine_gets_a_copy(room: Room) -> None:
    file = room.drop("wire/huge.txt", "x" * 1_001)
    (room.inbox / "link").symlink_to(file)
    os.mkfifo(room.inbox / "pipe")
    watcher = room.watcher()

    room.rounds(watcher, 2, 10)

    kept = room.folder / "quarantine"
    assert watcher.progress.refused == 3
    assert (kept / "wire" / "huge.txt").read_text() == file.read_text()
    assert (kept / "link").is_symlink()
    assert not (kept / "pipe").exists()
    assert (kept / "pipe.error.json").exists()
    assert sorted(each.name for each in room.inbox.iterdir()) == ["link", "pipe", "wire"]


def test_an_incomplete_file_is_given_up_and_its_copy_goes_when_its_writer_goes_on(room: Room) -> None:
    file, watcher = room.drop("story.json", '{"title": "Ferry"'), room.watcher()
    given_up = room.rounds(watcher, 2, 60)
    (refused,) = room.deliveries()
    copy = room.folder / "quarantine" / "story.json"
    was_kept = copy.exists()
    file.write_text('{"title": "Ferry"}')

    done = room.rounds(watcher, 2)

    first, second = room.deliveries()
    assert (given_up, done, was_kept) == ([0, 0, 1], [0, 1], True)
    assert refused.reason is Reason.INCOMPLETE
    assert (second.retry_of, first.retried_as) == (first.id, second.id)
    assert list(copy.parent.iterdir()) == []


def test_a_retry_is_staged_elsewhere_and_finished_by_a_watcher_when_its_process_dies(room: Room) -> None:
    room.drop("late.txt", "x" * 1_001)
    room.rounds(room.watcher(), 2)
    (failed,) = room.deliveries()
    able = replace(room.intake, admission=AdmissionRules(Limits(file_bytes=5_000)))
    claims = RenameClaims(room.folder / "staging", "cli")
    dying = replace(able, archive=FlakyArchive(away=True))
    with pytest.raises(TransientError):
        retry(failed.id, deposit=Deposit(intake=dying, claims=claims, publisher=room.publisher), by="cli")
    claims.close()
    watcher = room.watcher("other", intake=able)

    taken_over = room.opened[-1].take_over()

    assert (taken_over, room.rounds(watcher, 2)) == (1, [1, 0])
    assert {each.retry_of for each in room.deliveries()} == {None, failed.id}


def test_nothing_is_taken_while_marks_may_be_missing(room: Room) -> None:
    room.drop("story.txt")
    room.store.files.open("a run before the server was started again")
    watcher = room.watcher()
    shut = room.rounds(watcher, 2, 10, 10)
    room.store.files.open(room.store.epoch.look().run)

    assert shut == [0, 0, 0, 0]
    assert sum(room.rounds(watcher, 3, 3)) == 1
    assert room.paths() == ["story.txt"]


def test_a_sidecar_that_lost_its_file_is_refused_once(room: Room) -> None:
    room.drop("story.txt.meta.json", "{}")
    watcher = room.watcher()

    done = room.rounds(watcher, 2, 61, 5, 5)

    assert sum(done) == 1
    assert [each.reason for each in room.deliveries()] == [Reason.ORPHAN_SIDECAR]
    assert sum(room.rounds(room.watcher("other"), 2, 61, 5)) == 0


def test_a_file_and_its_sidecar_stay_together(room: Room) -> None:
    room.drop("story.txt.meta.json", '{"title": "Ferry"}')
    room.drop("story.txt")
    watcher = room.watcher()

    done = room.rounds(watcher, 2, 3, 61, 5)

    assert sum(done) == 1
    assert [each.sidecar is not None for each in room.deliveries()] == [True]
    assert sorted(each.name for each in room.inbox.iterdir()) == ["story.txt", "story.txt.meta.json"]


def ids(deliveries: Sequence[Delivery]) -> set[DeliveryId]:
    return {each.id for each in deliveries}


def test_two_watchers_share_a_burst_and_take_nothing_twice(room: Room) -> None:
    for number in range(300):
        room.drop(f"wire/{number}.txt", f"story {number}.")
    watchers = [room.watcher("one"), room.watcher("other")]
    for each in watchers:
        each.round()
    room.clock.advance(seconds=2)

    done = [each.round() for each in watchers]

    assert sum(done) == 300
    assert len(ids(room.deliveries())) == len(set(room.paths())) == 300
