from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

import pytest
from prometheus_client import CollectorRegistry

from copytaster.archive.journal import MemoryJournal
from copytaster.archive.originals import Archive, MemoryArchive
from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.errors import TransientError
from copytaster.intake.admission import AdmissionRules
from copytaster.intake.claim import Claim
from copytaster.intake.file_intake import Intake
from copytaster.intake.pressure import Gauges, Marks
from copytaster.intake.rename_claims import RenameClaims
from copytaster.intake.source_defaults import SourceDefaults
from copytaster.metrics import PipelineMetrics
from copytaster.model.delivery import Delivery, DeliveryId
from copytaster.model.disposition import Reason
from copytaster.model.limits import Limits
from copytaster.model.work import RecordingPublisher, Work
from copytaster.quarantine.folder import FolderQuarantine
from copytaster.store.ports.ledger import DeliveryQuery
from copytaster.store.ports.presence import Part
from copytaster.store.store import Store
from copytaster_watcher.backpressure import Backpressure
from copytaster_watcher.discovery.scan import FolderScan
from copytaster_watcher.late_writers import LateWriters
from copytaster_watcher.loop import BEAT, Loop
from copytaster_watcher.readiness.completeness.patience import Waits
from copytaster_watcher.readiness.stability import StabilityTracker
from copytaster_watcher.watcher import HANDS, Watcher, WatcherDependencies
from tests.factories import finished_files

MARKS = Marks(queue_limit=100, memory_limit=0.8, disk_free_bytes=0)
SETTLE = timedelta(seconds=2)
WAITS = Waits(settle=SETTLE, empty=timedelta(seconds=10), incomplete=timedelta(seconds=60))


@dataclass(slots=True)
class Room:
    """An inbox with a watcher over it, and a clock that moves by hand."""

    inbox: Path
    clock: ManualClock
    store: Store
    deps: WatcherDependencies
    publisher: RecordingPublisher
    watcher: Watcher = field(init=False)

    def __post_init__(self) -> None:
        self.watcher = Watcher(self.deps)

    def use(self, **changed: object) -> None:
        """Go on with a watcher that has other dependencies: as after a restart."""
        self.watcher = Watcher(replace(self.deps, **changed))  # type: ignore[arg-type]  # the test names the fields

    def drop(self, path: str, content: str = "story") -> None:
        """Write a file; a full stop at its end says that nothing hints at more."""
        file = self.inbox / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content and f"{content}.")

    def rounds(self, *seconds: float) -> list[int]:
        """Do a round at once and one after each pause; return what each did."""
        done = [self.watcher.round()]
        for pause in seconds:
            self.clock.advance(seconds=pause)
            done.append(self.watcher.round())
        return done

    def deliveries(self) -> list[Delivery]:
        """Return all deliveries, oldest first."""
        assert self.store.ledger.balance().closed
        return self.store.ledger.find(DeliveryQuery(limit=1_000))[::-1]

    def paths(self) -> list[str]:
        return sorted(each.path for each in self.deliveries())


@pytest.fixture
def room(tmp_path: Path, clock: ManualClock) -> Iterator[Room]:
    inbox, store, publisher = tmp_path / "inbox", memory_store(clock), RecordingPublisher()
    inbox.mkdir()
    claims = RenameClaims(inbox, "watcher")
    metrics = PipelineMetrics(CollectorRegistry())
    intake = Intake(
        ledger=store.ledger,
        archive=MemoryArchive(),
        journal=MemoryJournal(),
        quarantine=FolderQuarantine(tmp_path / "quarantine"),
        clock=clock,
        admission=AdmissionRules(Limits(file_bytes=1_000)),
        source_defaults=SourceDefaults(inbox),
    )
    deps = WatcherDependencies(
        scan=FolderScan(inbox),
        stability=StabilityTracker(SETTLE),
        finished=finished_files(inbox, WAITS, clock),
        returns=LateWriters(tmp_path / "quarantine", inbox, clock),
        claims=claims,
        intake=intake,
        publisher=publisher,
        backpressure=Backpressure(Gauges, MARKS, metrics, clock),
        metrics=metrics,
        clock=clock,
        steady=clock,
        name="watcher@test:1",
        batch_size=3,
    )
    yield Room(inbox, clock, store, deps, publisher)
    claims.close()


def test_a_file_is_taken_once_it_has_been_quiet(room: Room) -> None:
    room.drop("wire/story.txt")

    done = room.rounds(1, 0.9, 0.1, 5)

    assert done == [0, 0, 0, 1, 0]
    assert room.paths() == ["wire/story.txt"]
    assert room.publisher.published == [(Work.INGEST, room.deliveries()[0].id)]
    assert list((room.inbox / "wire").iterdir()) == []
    assert (room.watcher.progress.taken, room.watcher.progress.waiting) == (1, 0)


def test_a_file_that_grows_is_left_until_it_stops(room: Room) -> None:
    done = list[int]()
    for size in range(1, 6):
        room.drop("story.txt", "x" * size)
        done += room.rounds(1.5)
    done += room.rounds(2)

    assert done[:-1] == [0] * 11
    assert done[-1] == 1
    assert room.deliveries()[0].size == 6


def test_a_file_rewritten_with_the_same_size_and_time_is_still_seen_to_change(room: Room) -> None:
    room.drop("story.txt", "one")
    before = (room.inbox / "story.txt").stat()
    room.rounds(1)
    room.drop(".new", "two")
    os.utime(room.inbox / ".new", ns=(before.st_atime_ns, before.st_mtime_ns))
    (room.inbox / ".new").rename(room.inbox / "story.txt")

    assert room.rounds(1.5, 0.5) == [0, 0, 1]


def test_a_file_that_vanishes_is_forgotten(room: Room) -> None:
    room.drop("story.txt")
    room.rounds(1)
    (room.inbox / "story.txt").unlink()

    assert room.rounds(5) == [0, 0]
    assert (room.deliveries(), room.watcher.progress.waiting) == ([], 0)


def test_an_empty_file_is_given_time_to_be_filled(room: Room) -> None:
    room.drop("late.txt", "")
    room.drop("never.txt", "")
    early = room.rounds(9)
    room.drop("late.txt", "here I am")
    late = room.rounds(1, 2)

    by_path = {each.path: each for each in room.deliveries()}
    assert (early, late) == ([0, 0], [0, 1, 1])
    assert by_path["never.txt"].reason is Reason.EMPTY
    assert by_path["late.txt"].sha256
    assert (room.watcher.progress.taken, room.watcher.progress.refused) == (1, 1)


def test_unfinished_and_describing_files_are_never_taken(room: Room) -> None:
    names = [".hidden", "a.tmp", "a.part", "a.crdownload", "a.filepart", "a~", "a.html.meta.json", "_source.yml"]
    for name in [*names, ".deep/story.txt", "deep/.deep/story.txt"]:
        room.drop(name, "source: desk")
    room.drop("deep/a.tmp.txt")

    room.rounds(50)

    assert room.paths() == ["deep/a.tmp.txt"]
    assert all((room.inbox / name).exists() for name in names)


def test_a_burst_is_published_in_batches(room: Room) -> None:
    for number in range(7):
        room.drop(f"wire/{number}.txt", f"story {number}")

    assert room.rounds(2) == [0, 7]
    assert len(room.publisher.published) == 7
    assert len({each for _, each in room.publisher.published}) == 7


@dataclass(slots=True)
class FlakyArchive:
    """An archive that fails for files with its mark, and for all while it is away."""

    real: Archive = field(default_factory=MemoryArchive)
    away: bool = False

    def put(self, file: object) -> str:
        """Keep the bytes, or fail."""
        content = file.read()  # type: ignore[attr-defined]  # a binary file
        if self.away or b"MARK" in content:
            raise TransientError("the archive cannot be written")
        file.seek(0)  # type: ignore[attr-defined]
        return self.real.put(file)  # type: ignore[arg-type]

    def get(self, sha256: str) -> bytes:
        """Return the bytes."""
        return self.real.get(sha256)

    def open(self, sha256: str) -> AbstractContextManager[BinaryIO]:
        return self.real.open(sha256)


def test_an_archive_that_is_away_interrupts_and_the_next_round_goes_on(room: Room) -> None:
    archive = FlakyArchive(away=True)
    room.use(intake=replace(room.deps.intake, archive=archive))
    names = sorted(f"{number}.txt" for number in range(3 * HANDS))
    for name in names:
        room.drop(name, f"story {name}")

    interrupted = room.rounds(2, 1)
    why, claimed = room.watcher.progress.interrupted, len(list(room.deps.claims.pending()))
    archive.away = False
    after = room.rounds()

    assert (interrupted, after) == ([0, 0, 0], [len(names)])
    assert why == "the archive cannot be written"
    assert claimed == 2 * HANDS, "a few are tried a round; the others stay in the inbox"
    assert room.watcher.progress.interrupted is None
    assert room.paths() == names


def test_a_file_that_cannot_be_taken_in_does_not_keep_its_neighbours_waiting(room: Room) -> None:
    room.use(intake=replace(room.deps.intake, archive=FlakyArchive()))
    for number in range(2):
        room.drop(f"bad{number}.txt", f"MARK {number}")
        room.rounds(2)
    for number in range(3):
        room.drop(f"good{number}.txt", f"story {number}")

    room.rounds(2, 1)

    assert room.paths() == ["good0.txt", "good1.txt", "good2.txt"]
    assert len(list(room.deps.claims.pending())) == 2
    assert room.watcher.progress.interrupted


def test_what_a_watcher_had_claimed_is_taken_in_after_its_restart(room: Room) -> None:
    room.use(intake=replace(room.deps.intake, archive=FlakyArchive(away=True)))
    room.drop("wire/story.txt")
    room.rounds(2)

    room.use()

    assert room.rounds() == [1]
    assert room.paths() == ["wire/story.txt"]


class AwayPublisher:
    """A broker that takes nothing."""

    def publish(self, work: Work, ids: Sequence[str]) -> None:
        """Fail."""
        raise TransientError(f"no {work} of {ids}")


def test_a_broker_that_is_away_does_not_hold_files_up(room: Room) -> None:
    room.use(publisher=AwayPublisher())
    room.drop("story.txt")

    assert room.rounds(2) == [0, 1]
    assert room.store.ledger.waiting(Work.INGEST) == 1
    assert room.watcher.progress.interrupted is None


class BlockedClaims(RenameClaims):
    """Claims on an inbox with one folder in which renaming is not allowed; root, as tests may run, is never refused."""

    def take(self, path: str, delivery_id: DeliveryId) -> Claim | None:
        """Refuse what lies in the folder `locked`."""
        if path.startswith("locked/"):
            raise PermissionError(13, "Permission denied")
        return super().take(path, delivery_id)


def test_a_folder_without_write_permission_blocks_its_own_files_alone_and_says_why(room: Room) -> None:
    claims = BlockedClaims(room.inbox, "other")
    room.use(claims=claims)
    room.drop("locked/story.txt")
    room.drop("wire/story.txt")

    done = room.rounds(2, 1)
    blocked = dict(room.watcher.progress.blocked)
    Loop(room.watcher, claims, room.store.presence, room.clock, name="watcher@test:1").turn(timedelta(seconds=1))
    told = room.store.presence.present()[0].details["obstacle"]
    (room.inbox / "locked" / "story.txt").unlink()
    room.rounds()
    claims.close()

    assert done == [0, 1, 0]
    assert blocked.keys() == {"locked/story.txt"}
    assert "Permission denied" in blocked["locked/story.txt"]
    assert "write permission" in blocked["locked/story.txt"]
    assert str(told).startswith("locked/story.txt: it cannot be claimed: Permission denied")
    assert room.watcher.progress.blocked == {}


def test_the_next_round_comes_when_the_next_file_may_be_quiet(room: Room) -> None:
    longest = timedelta(seconds=60)
    idle = room.watcher.next_round_in(longest)
    room.drop("story.txt")
    room.rounds(0.5)

    assert idle == longest
    assert room.watcher.next_round_in(longest) == timedelta(seconds=1.5)
    assert room.watcher.next_round_in(timedelta(seconds=1)) == timedelta(seconds=1)


def test_the_loop_beats_tells_progress_and_takes_over_from_the_dead(room: Room) -> None:
    room.drop("left/story.txt")
    dead = RenameClaims(room.inbox, "dead")
    dead.take("left/story.txt", DeliveryId("dleft"))
    dead.close()
    loop = Loop(room.watcher, room.deps.claims, room.store.presence, room.clock, name="watcher@test:1")

    pause = loop.turn(timedelta(seconds=1))
    first = room.store.presence.present()
    room.clock.advance(seconds=BEAT.total_seconds())
    loop.turn(timedelta(seconds=1))
    second = room.store.presence.present()
    loop.leave()

    assert pause == timedelta(seconds=1)
    assert room.paths() == ["left/story.txt"]
    assert [each.part for each in first] == [Part.WATCHER]
    assert first[0].progress_at == first[0].beat_at
    assert first[0].details["taken"] == 1
    assert second[0].beat_at - first[0].beat_at == BEAT
    assert second[0].progress_at == first[0].progress_at
    assert room.store.presence.present() == []
