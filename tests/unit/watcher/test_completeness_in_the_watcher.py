from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from copytaster.archive.journal import MemoryJournal
from copytaster.archive.originals import MemoryArchive
from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.intake.admission import AdmissionRules
from copytaster.intake.file_intake import Intake
from copytaster.intake.pauses import PauseWatch
from copytaster.intake.pressure import Gauges, Marks
from copytaster.intake.rename_claims import RenameClaims
from copytaster.intake.source_defaults import SourceDefaults
from copytaster.metrics import WatcherMetrics
from copytaster.model.delivery import Delivery, DeliveryId
from copytaster.model.disposition import ADVICE, Disposition, Reason
from copytaster.model.limits import Limits
from copytaster.model.work import RecordingPublisher
from copytaster.quarantine.file_names import report_path
from copytaster.quarantine.folder import FolderQuarantine
from copytaster.quarantine.port import Report
from copytaster.store.ports.ledger import DeliveryQuery
from copytaster.store.store import Store
from copytaster_watcher.areas import Area
from copytaster_watcher.backpressure import Backpressure
from copytaster_watcher.discovery.arrivals import Arrivals
from copytaster_watcher.discovery.scan import FolderScan
from copytaster_watcher.late_writers import SCAN_INTERVAL, LateFileRestorer, LateWriters
from copytaster_watcher.loop import Loop
from copytaster_watcher.readiness.completeness.patience import Waits
from copytaster_watcher.readiness.stability import StabilityTracker
from copytaster_watcher.watcher import Watcher, WatcherDependencies
from tests.factories import METADATA_READER, finished_files

WAITS = Waits(settle=timedelta(seconds=2), empty=timedelta(seconds=10), incomplete=timedelta(seconds=60))

MARKS = Marks(queue_limit=100, memory_limit=0.8, disk_free_bytes=0)

HALF, REST = "<?xml version='1.0'?><nitf><hl1>Ferry</hl1>", "<p>It came back.</p></nitf>"


@dataclass(slots=True)
class WatchedInbox:
    """A watcher over an inbox and a quarantine, with a manual clock."""

    folder: Path
    clock: ManualClock
    markers: bool = False
    store: Store = field(init=False)
    claims: RenameClaims = field(init=False)
    watcher: Watcher = field(init=False)
    late_writers: LateWriters = field(init=False)

    def __post_init__(self) -> None:
        self.inbox.mkdir(parents=True)
        self.store = memory_store(self.clock)
        self.open()

    @property
    def inbox(self) -> Path:
        return self.folder / "inbox"

    @property
    def quarantine(self) -> Path:
        return self.folder / "quarantine"

    def open(self) -> None:
        """Start a watcher."""
        metrics = WatcherMetrics(CollectorRegistry())
        self.claims = RenameClaims(self.inbox, "watcher")
        intake = Intake(
            ledger=self.store.ledger,
            archive=MemoryArchive(),
            journal=MemoryJournal(),
            quarantine=FolderQuarantine(self.quarantine),
            clock=self.clock,
            admission=AdmissionRules(Limits(file_bytes=1_000)),
            source_defaults=SourceDefaults(self.inbox, METADATA_READER),
            metadata_reader=METADATA_READER,
        )
        deps = WatcherDependencies(
            areas=[
                Area(
                    FolderScan(self.inbox),
                    StabilityTracker(WAITS.settle, Arrivals(self.clock)),
                    finished_files(self.inbox, WAITS, self.clock, markers=self.markers),
                    self.clock,
                )
            ],
            claims=self.claims,
            intake=intake,
            publisher=RecordingPublisher(),
            backpressure=Backpressure(Gauges, MARKS, metrics, self.clock),
            metrics=metrics,
            clock=self.clock,
            monotonic_clock=self.clock,
            pauses=PauseWatch(self.store.pauses, self.clock),
            name="watcher@test:1",
        )
        self.watcher = Watcher(deps)
        self.late_writers = LateWriters(LateFileRestorer(self.quarantine, self.inbox, self.clock), self.claims)

    def restart(self) -> None:
        """Replace the watcher; the claims of the old one remain."""
        self.claims.close()
        self.open()

    def write(self, content: str, path: str = "wire/ferry.xml") -> Path:
        file = self.inbox / path
        file.parent.mkdir(exist_ok=True)
        file.write_text(content)
        return file

    def rounds(self, *seconds: float) -> list[int]:
        """Do a round at once and one after each pause, each after a look for late changes; return what each did."""
        done = list[int]()
        for pause in (0, *seconds):
            self.clock.advance(seconds=pause)
            self.late_writers.look()
            done.append(self.watcher.round())
        return done

    def give_up(self) -> Path:
        """Send an incomplete file to quarantine and return its path there."""
        self.write(HALF)
        self.rounds(2, 60)
        file = self.quarantine / "wire" / "ferry.xml"
        # The clock of the test is not the filesystem's: only sizes and later changes are to count.
        os.utime(file, (0, 0))
        self.rounds(SCAN_INTERVAL.total_seconds())
        return file

    def deliveries(self) -> list[Delivery]:
        assert self.store.ledger.balance().closed
        return self.store.ledger.find(DeliveryQuery(limit=100))[::-1]


@pytest.fixture
def watched(tmp_path: Path, clock: ManualClock) -> Iterator[WatchedInbox]:
    watched = WatchedInbox(tmp_path / "plain", clock)
    yield watched
    watched.claims.close()


@pytest.fixture
def marked(tmp_path: Path, clock: ManualClock) -> Iterator[WatchedInbox]:
    watched = WatchedInbox(tmp_path / "marked", clock, markers=True)
    yield watched
    watched.claims.close()


def test_an_unfinished_file_is_counted_while_it_waits_and_taken_when_complete(watched: WatchedInbox) -> None:
    file = watched.write(HALF)
    before = watched.rounds(2, 30)
    counted = (watched.watcher.progress.incomplete, watched.watcher.progress.backlog)
    file.write_text(HALF + REST)
    after = watched.rounds(2)

    assert (before, counted, after) == ([0, 0, 0], (1, 0), [0, 1])
    assert watched.watcher.progress.incomplete == 0
    assert [each.size for each in watched.deliveries()] == [len(HALF + REST)]


def test_an_unfinished_file_does_not_hold_up_its_neighbours(watched: WatchedInbox) -> None:
    watched.write(HALF)
    watched.write("The ferry came back.", "wire/ferry.txt")

    assert watched.rounds(2) == [0, 1]
    assert (watched.watcher.progress.incomplete, watched.watcher.progress.backlog) == (1, 0)


def test_a_file_that_stays_unfinished_goes_to_quarantine_and_says_what_is_missing_since_when(
    watched: WatchedInbox,
) -> None:
    since = watched.clock.now()
    file = watched.give_up()

    delivery = watched.deliveries()[0]
    report = Report.model_validate_json(report_path(file).read_bytes())
    assert (delivery.disposition, delivery.reason) == (Disposition.QUARANTINED, Reason.INCOMPLETE)
    assert delivery.message == (
        "wire/ferry.xml ends too early: the end tag </nitf> is missing, and nothing about it has changed since"
        f" {since:%Y-%m-%d %H:%M:%S} UTC"
    )
    assert (report.message, report.advice) == (delivery.message, ADVICE[Reason.INCOMPLETE])
    assert file.read_text() == HALF
    assert not (watched.inbox / "wire" / "ferry.xml").exists()


def test_the_admission_rules_apply_before_the_completeness_check(watched: WatchedInbox) -> None:
    watched.write(HALF, "wire/two\nlines.xml")

    watched.rounds(2, 60)

    assert [each.reason for each in watched.deliveries()] == [Reason.BAD_NAME]


def test_a_file_in_quarantine_returns_when_its_writer_continues(watched: WatchedInbox) -> None:
    file = watched.give_up()
    left = file.exists()
    with file.open("a") as writer:
        writer.write(REST)
    done = watched.rounds(SCAN_INTERVAL.total_seconds(), 2)

    first, second = watched.deliveries()
    assert left
    assert done[-1] == 1
    assert second.size == len(HALF + REST)
    assert second.sha256
    assert second.retry_of == first.id
    assert list(watched.quarantine.rglob("*.*")) == []


def test_a_writer_that_has_the_file_open_continues_in_the_returned_file(watched: WatchedInbox) -> None:
    file = watched.write(HALF)
    with file.open("a") as writer:
        watched.rounds(2, 60)
        given_up = not file.exists()
        writer.write("<p>It came")
        writer.flush()
        watched.rounds(SCAN_INTERVAL.total_seconds())
        back = file.exists()
        writer.write(" back.</p></nitf>")
    watched.rounds(2)

    assert (given_up, back) == (True, True)
    assert watched.deliveries()[-1].size == len(HALF + "<p>It came back.</p></nitf>")


def test_a_returned_file_that_is_still_unfinished_waits_again(watched: WatchedInbox) -> None:
    file = watched.give_up()
    file.write_text(HALF + "<p>")

    watched.rounds(SCAN_INTERVAL.total_seconds(), 2, 50)
    waiting = watched.watcher.progress.incomplete
    watched.rounds(10)

    assert waiting == 1
    assert [each.reason for each in watched.deliveries()] == [Reason.INCOMPLETE] * 2
    assert file.read_text() == HALF + "<p>"


def test_a_replaced_file_of_the_same_size_is_returned(watched: WatchedInbox) -> None:
    file = watched.give_up()
    other = file.with_name("new")
    other.write_text(HALF.swapcase())
    os.utime(other, (0, 0))
    other.replace(file)

    watched.rounds(SCAN_INTERVAL.total_seconds())

    assert not file.exists()
    assert (watched.inbox / "wire" / "ferry.xml").exists()


def test_a_returned_file_overwrites_nothing_in_the_inbox(watched: WatchedInbox) -> None:
    file = watched.give_up()
    file.write_text(HALF + REST)
    new = watched.write(HALF + "<p>another</p>")

    watched.rounds(SCAN_INTERVAL.total_seconds(), SCAN_INTERVAL.total_seconds())

    assert file.read_text() == HALF + REST
    assert new.read_text() == HALF + "<p>another</p>"


def test_a_return_that_a_crash_interrupted_is_completed(watched: WatchedInbox) -> None:
    file = watched.give_up()
    file.write_text(HALF + REST)
    os.link(file, watched.inbox / "wire" / "ferry.xml")

    watched.rounds(SCAN_INTERVAL.total_seconds(), 2)

    assert not file.exists()
    assert [each.disposition for each in watched.deliveries()] == [Disposition.QUARANTINED, None]


def test_a_second_file_of_the_same_name_leaves_no_report_behind_when_it_is_returned(watched: WatchedInbox) -> None:
    first = watched.give_up()
    watched.write(HALF)
    watched.rounds(2, 60)
    second = first.with_name("ferry.2.xml")
    second.write_text(HALF + REST)
    os.utime(second, (0, 0))

    watched.rounds(SCAN_INTERVAL.total_seconds(), 2)

    assert watched.deliveries()[-1].size == len(HALF + REST)
    assert sorted(each.name for each in first.parent.iterdir()) == ["ferry.xml", "ferry.xml.error.json"]


def test_a_report_that_names_a_place_outside_the_inbox_moves_nothing(watched: WatchedInbox) -> None:
    file = watched.give_up()
    report = report_path(file)
    report.write_text(report.read_text().replace('"wire/ferry.xml"', '"../../ferry.xml"'))
    file.write_text(HALF + REST)
    watched.restart()

    watched.rounds(SCAN_INTERVAL.total_seconds())

    assert file.exists()
    assert not (watched.folder.parent / "ferry.xml").exists()


def test_a_time_in_the_future_does_not_move_a_file_back_and_forth(watched: WatchedInbox) -> None:
    file = watched.give_up()
    os.utime(file, (0, watched.clock.now().timestamp() + 1_000))
    watched.restart()

    watched.rounds(SCAN_INTERVAL.total_seconds(), SCAN_INTERVAL.total_seconds())

    assert file.exists()


def test_other_reasons_keep_their_files_in_quarantine(watched: WatchedInbox) -> None:
    watched.write("The ferry. " * 100, "wire/large.txt")
    watched.rounds(2, 10)
    file = watched.quarantine / "wire" / "large.txt"
    file.write_text("The ferry came back.")

    watched.rounds(SCAN_INTERVAL.total_seconds())

    assert file.exists()


def test_a_claim_whose_watcher_died_before_refusing_it_is_refused_by_the_next(watched: WatchedInbox) -> None:
    watched.write(HALF)
    watched.write("The ferry came back.", "wire/ferry.txt")
    for name in ("ferry.xml", "ferry.txt"):
        watched.claims.take(f"wire/{name}", DeliveryId(f"d{name}"))

    watched.restart()
    watched.rounds()

    assert {each.name: each.reason for each in watched.deliveries()} == {
        "ferry.xml": Reason.INCOMPLETE,
        "ferry.txt": None,
    }


def test_where_markers_are_in_use_a_file_without_one_is_never_taken(marked: WatchedInbox) -> None:
    marked.write(HALF + REST)

    assert marked.rounds(2, 1_000) == [0, 0, 0]
    assert marked.watcher.progress.incomplete == 1


def test_a_marked_file_is_taken_and_its_marker_removed(marked: WatchedInbox) -> None:
    marked.write("The ferry came", "wire/ferry.txt")
    marked.write("", "wire/ferry.txt.done")
    marked.write("", "wire/other.txt.done")

    done = marked.rounds(2, 100)

    assert done == [0, 1, 0]
    assert [each.path for each in marked.deliveries()] == ["wire/ferry.txt"]
    assert [each.name for each in (marked.inbox / "wire").iterdir()] == ["other.txt.done"]


def test_a_marked_file_that_is_cut_still_waits(marked: WatchedInbox) -> None:
    marked.write(HALF)
    marked.write("", "wire/ferry.xml.done")

    marked.rounds(2, 30, 30)

    assert [each.reason for each in marked.deliveries()] == [Reason.INCOMPLETE]


def test_without_markers_in_use_a_name_that_ends_like_one_is_taken(watched: WatchedInbox) -> None:
    watched.write("The ferry came back.", "wire/ferry.done")

    assert watched.rounds(2) == [0, 1]


def test_the_heartbeat_counts_incomplete_files(watched: WatchedInbox) -> None:
    watched.write(HALF)
    watched.rounds(2)
    loop = Loop(watched.watcher, watched.claims, watched.store.presence, watched.clock, name="watcher@test:1")

    loop.turn(timedelta(seconds=1))

    assert watched.store.presence.present()[0].details["incomplete"] == 1
