"""The watcher loses nothing of a writer that continues after its file was found, claimed or taken in."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from copytaster.archive.journal import MemoryJournal
from copytaster.archive.originals import MemoryArchive
from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.errors import TransientError
from copytaster.intake.admission import AdmissionRules
from copytaster.intake.claim import Claim
from copytaster.intake.file_intake import Intake
from copytaster.intake.pauses import PauseWatch
from copytaster.intake.pressure import Gauges, Marks
from copytaster.intake.released_files import CHECK_INTERVAL, ReleasedFiles
from copytaster.intake.rename_claims import RenameClaims
from copytaster.intake.source_defaults import SourceDefaults
from copytaster.metrics import WatcherMetrics
from copytaster.model.delivery import Delivery, DeliveryId
from copytaster.model.disposition import Reason
from copytaster.model.limits import Limits
from copytaster.model.work import RecordingPublisher
from copytaster.quarantine.file_names import REPORT
from copytaster.quarantine.folder import FolderQuarantine
from copytaster.store.ports.ledger import DeliveryQuery
from copytaster.store.store import Store
from copytaster_watcher.areas import Area
from copytaster_watcher.backpressure import Backpressure
from copytaster_watcher.discovery.arrivals import Arrivals
from copytaster_watcher.discovery.scan import FolderScan
from copytaster_watcher.late_writers import SCAN_INTERVAL, LateFileRestorer, LateWriters
from copytaster_watcher.readiness.completeness.patience import Waits
from copytaster_watcher.readiness.stability import StabilityTracker
from copytaster_watcher.watcher import Watcher, WatcherDependencies
from tests.factories import METADATA_READER, finished_files

MARKS = Marks(queue_limit=100, memory_limit=0.8, disk_free_bytes=0)
WAITS = Waits(settle=timedelta(seconds=2), empty=timedelta(seconds=10), incomplete=timedelta(seconds=60))
SETTLE = WAITS.settle.total_seconds()
KEEP, CHECK_SECONDS = timedelta(minutes=1), CHECK_INTERVAL.total_seconds()

HALF, WHOLE = "A whole story.", "A whole story. And one more."


class HastyClaims(RenameClaims):
    """Claims a file just after its writer has continued."""

    def take(self, path: str, delivery_id: DeliveryId, sidecar: str | None = None) -> Claim | None:
        (self._inbox / path).write_text(WHOLE)
        return super().take(path, delivery_id, sidecar)


@dataclass(slots=True)
class Room:
    """An inbox with a watcher, and a clock that the tests move."""

    inbox: Path
    clock: ManualClock
    store: Store
    watcher: Watcher
    late_writers: LateWriters

    def rounds(self, *seconds: float) -> list[int]:
        """Do a round at once and one after each pause, each after a look for late changes; return what each did."""
        done = list[int]()
        for pause in (0, *seconds):
            self.clock.advance(seconds=pause)
            self.late_writers.look()
            done.append(self.watcher.round())
        return done

    def deliveries(self) -> list[Delivery]:
        """Return all deliveries, oldest first."""
        assert self.store.ledger.balance().closed
        return self.store.ledger.find(DeliveryQuery(limit=100))[::-1]


def a_room(folder: Path, clock: ManualClock, claims_type: type[RenameClaims]) -> Room:
    inbox, store, metrics = folder / "inbox", memory_store(clock), WatcherMetrics(CollectorRegistry())
    inbox.mkdir()
    released = ReleasedFiles(inbox, [folder / "staging" / ".released"], clock, keep=KEEP)
    intake = Intake(
        ledger=store.ledger,
        archive=MemoryArchive(),
        journal=MemoryJournal(),
        quarantine=FolderQuarantine(folder / "quarantine"),
        clock=clock,
        admission=AdmissionRules(Limits(file_bytes=1_000)),
        source_defaults=SourceDefaults(inbox, METADATA_READER),
        metadata_reader=METADATA_READER,
    )
    deps = WatcherDependencies(
        areas=[
            Area(
                FolderScan(inbox),
                StabilityTracker(WAITS.settle, Arrivals(clock)),
                finished_files(inbox, WAITS, clock),
                clock,
            )
        ],
        claims=claims_type(inbox, "watcher", released=released),
        intake=intake,
        publisher=RecordingPublisher(),
        backpressure=Backpressure(Gauges, MARKS, metrics, clock),
        metrics=metrics,
        clock=clock,
        monotonic_clock=clock,
        pauses=PauseWatch(store.pauses, clock),
        name="watcher@test:1",
    )
    late_writers = LateWriters(LateFileRestorer(folder / "quarantine", inbox, clock), deps.claims)
    return Room(inbox, clock, store, Watcher(deps), late_writers)


@pytest.fixture
def room(tmp_path: Path, clock: ManualClock) -> Room:
    return a_room(tmp_path, clock, RenameClaims)


def test_a_file_waits_while_its_writer_has_it_open(room: Room) -> None:
    with (room.inbox / "story.txt").open("w") as writer:
        writer.write(HALF)
        writer.flush()
        while_open = room.rounds(SETTLE, SETTLE), room.watcher.progress.incomplete
        writer.write(WHOLE.removeprefix(HALF))
    closed = room.rounds(10 * SETTLE)

    assert (while_open, closed) == (([0, 0, 0], 1), [0, 1])
    assert [each.size for each in room.deliveries()] == [len(WHOLE)]


def test_an_unchanged_file_waits_for_its_writer_no_longer_than_an_incomplete_one(room: Room) -> None:
    with (room.inbox / "story.txt").open("w") as writer:
        writer.write(HALF)
        writer.flush()

        assert room.rounds(WAITS.incomplete.total_seconds() - 1, 1) == [0, 0, 1]
    assert [(each.size, each.disposition) for each in room.deliveries()] == [(len(HALF), None)]


def test_a_file_that_changes_between_scan_and_claim_returns_to_the_inbox(tmp_path: Path, clock: ManualClock) -> None:
    room = a_room(tmp_path, clock, HastyClaims)
    (room.inbox / "story.txt").write_text(HALF)

    assert room.rounds(SETTLE) == [0, 0]
    assert room.deliveries() == []
    assert (room.inbox / "story.txt").read_text() == WHOLE


def test_what_is_written_after_the_claim_is_taken_in_as_well(room: Room, tmp_path: Path) -> None:
    (room.inbox / "story.txt").write_text(HALF)
    os.link(room.inbox / "story.txt", own_name := tmp_path / "own-name.txt")
    room.rounds(SETTLE)
    own_name.write_text(WHOLE)

    done = room.rounds(KEEP.total_seconds(), CHECK_SECONDS, KEEP.total_seconds())

    first, second = room.deliveries()
    assert done == [0, 0, 1, 0]
    assert [(each.path, each.size) for each in (first, second)] == [("story.txt", len(HALF)), ("story.txt", len(WHOLE))]
    assert (first.continues, second.continues) == (None, first.id)
    recorded = room.store.ledger.get(second.id)
    assert recorded
    assert f"its writer continued after delivery {first.id}" in recorded.timeline[0].what
    assert list((tmp_path / "staging" / ".released").iterdir()) == []


def test_an_empty_file_that_is_written_after_its_refusal_is_taken_in(room: Room, tmp_path: Path) -> None:
    (room.inbox / "story.txt").touch()
    os.link(room.inbox / "story.txt", own_name := tmp_path / "own-name.txt")
    room.rounds(SETTLE, WAITS.empty.total_seconds(), SCAN_INTERVAL.total_seconds())
    own_name.write_text(WHOLE)

    room.rounds(SCAN_INTERVAL.total_seconds(), SETTLE, SETTLE)

    first, second = room.deliveries()
    assert (first.reason, first.retried_as) == (Reason.EMPTY, second.id)
    assert second.size == len(WHOLE)
    assert list((tmp_path / "quarantine").iterdir()) == []


def test_a_second_file_of_a_name_returns_with_its_sidecar(room: Room, tmp_path: Path) -> None:
    (room.inbox / "story.txt").touch()
    room.rounds(SETTLE, WAITS.empty.total_seconds(), SCAN_INTERVAL.total_seconds())
    (room.inbox / "story.txt").touch()
    (room.inbox / "story.txt.meta.json").write_text('{"embargoed_until": "2030-01-01T00:00:00Z"}')
    room.rounds(SETTLE, WAITS.empty.total_seconds(), SCAN_INTERVAL.total_seconds())
    (tmp_path / "quarantine" / "story.2.txt").write_text(WHOLE)

    room.rounds(SCAN_INTERVAL.total_seconds(), SETTLE, SETTLE)

    *_, returned = room.deliveries()
    assert (len(room.deliveries()), returned.size) == (3, len(WHOLE))
    assert returned.metadata
    assert returned.metadata.embargoed_until
    assert sorted(each.name for each in (tmp_path / "quarantine").iterdir()) == ["story.txt", f"story.txt{REPORT}"]


@pytest.mark.parametrize("name", ["\u202bخبر\u202c.txt", "قصة\u200f", "caf\u200e.2.txt", "a\\u200f\u200f.txt"])
def test_a_file_returns_under_its_own_name_whatever_its_characters_are(room: Room, name: str) -> None:
    folder = room.inbox / "desk\u200f"
    folder.mkdir()
    for _ in range(2):  # the second file gets a number in quarantine
        (folder / name).touch()
        room.rounds(SETTLE, WAITS.empty.total_seconds(), SCAN_INTERVAL.total_seconds())

    for text in (WHOLE, WHOLE * 2):
        first = next(each for each in sorted((room.inbox.parent / "quarantine").rglob("*")) if _is_kept(each))
        first.write_text(text)
        room.rounds(SCAN_INTERVAL.total_seconds())
        assert (folder / name).read_text() == text
        room.rounds(SETTLE)

    assert [each for each in (room.inbox.parent / "quarantine").rglob("*") if each.is_file()] == []
    assert len({each.path for each in room.deliveries()}) == 1


def _is_kept(path: Path) -> bool:
    return path.is_file() and not path.name.endswith(REPORT)


class FullClaims(RenameClaims):
    """Claims of a process that can open no file."""

    def claim_changed(self) -> int:
        """Fail as a listing does."""
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))


def test_a_look_that_the_system_prevents_is_an_outage_with_its_cure(tmp_path: Path) -> None:
    claims = FullClaims(tmp_path / "inbox", "full")

    with pytest.raises(TransientError, match=r"late changes of files: .*raise its limit"):
        LateWriters(None, claims).look()

    claims.close()
