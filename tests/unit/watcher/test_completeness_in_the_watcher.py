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
from copytaster.intake.pressure import Gauges, Marks
from copytaster.intake.rename_claims import RenameClaims
from copytaster.intake.source_defaults import SourceDefaults
from copytaster.metrics import PipelineMetrics
from copytaster.model.delivery import Delivery, DeliveryId
from copytaster.model.disposition import ADVICE, Disposition, Reason
from copytaster.model.limits import Limits
from copytaster.model.work import RecordingPublisher
from copytaster.quarantine.folder import FolderQuarantine, Report, report_path
from copytaster.store.ports.ledger import DeliveryQuery
from copytaster.store.store import Store
from copytaster_watcher.backpressure import Backpressure
from copytaster_watcher.discovery.scan import FolderScan
from copytaster_watcher.late_writers import EVERY, LateWriters
from copytaster_watcher.loop import Loop
from copytaster_watcher.readiness.completeness.patience import Waits
from copytaster_watcher.readiness.stability import StabilityTracker
from copytaster_watcher.watcher import Watcher, WatcherDependencies
from tests.factories import finished_files

WAITS = Waits(settle=timedelta(seconds=2), empty=timedelta(seconds=10), incomplete=timedelta(seconds=60))

MARKS = Marks(queue_limit=100, memory_limit=0.8, disk_free_bytes=0)

HALF, REST = "<?xml version='1.0'?><nitf><hl1>Ferry</hl1>", "<p>It came back.</p></nitf>"


@dataclass(slots=True)
class Quay:
    """A watcher over an inbox and a quarantine, with a clock that moves by hand."""

    folder: Path
    clock: ManualClock
    markers: bool = False
    store: Store = field(init=False)
    claims: RenameClaims = field(init=False)
    watcher: Watcher = field(init=False)

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
        """Begin with a watcher."""
        metrics = PipelineMetrics(CollectorRegistry())
        self.claims = RenameClaims(self.inbox, "watcher")
        intake = Intake(
            ledger=self.store.ledger,
            archive=MemoryArchive(),
            journal=MemoryJournal(),
            quarantine=FolderQuarantine(self.quarantine),
            clock=self.clock,
            admission=AdmissionRules(Limits(file_bytes=1_000)),
            source_defaults=SourceDefaults(self.inbox),
        )
        deps = WatcherDependencies(
            scan=FolderScan(self.inbox),
            stability=StabilityTracker(WAITS.settle),
            finished=finished_files(self.inbox, WAITS, self.clock, markers=self.markers),
            returns=LateWriters(self.quarantine, self.inbox, self.clock),
            claims=self.claims,
            intake=intake,
            publisher=RecordingPublisher(),
            backpressure=Backpressure(Gauges, MARKS, metrics, self.clock),
            metrics=metrics,
            clock=self.clock,
            steady=self.clock,
            name="watcher@test:1",
            batch_size=3,
        )
        self.watcher = Watcher(deps)

    def restart(self) -> None:
        """Go on with a new watcher; what the old one had claimed is still claimed."""
        self.claims.close()
        self.open()

    def write(self, content: str, path: str = "wire/ferry.xml") -> Path:
        file = self.inbox / path
        file.parent.mkdir(exist_ok=True)
        file.write_text(content)
        return file

    def rounds(self, *seconds: float) -> list[int]:
        """Do a round at once and one after each pause; return what each did."""
        done = [self.watcher.round()]
        for pause in seconds:
            self.clock.advance(seconds=pause)
            done.append(self.watcher.round())
        return done

    def give_up(self) -> Path:
        """Let a half file go to quarantine and return where it lies there."""
        self.write(HALF)
        self.rounds(2, 60)
        file = self.quarantine / "wire" / "ferry.xml"
        # The clock of the test is not the filesystem's: only sizes and later changes are to count.
        os.utime(file, (0, 0))
        self.rounds(EVERY.total_seconds())
        return file

    def deliveries(self) -> list[Delivery]:
        assert self.store.ledger.balance().closed
        return self.store.ledger.find(DeliveryQuery(limit=100))[::-1]


@pytest.fixture
def quay(tmp_path: Path, clock: ManualClock) -> Iterator[Quay]:
    quay = Quay(tmp_path / "plain", clock)
    yield quay
    quay.claims.close()


@pytest.fixture
def marked(tmp_path: Path, clock: ManualClock) -> Iterator[Quay]:
    quay = Quay(tmp_path / "marked", clock, markers=True)
    yield quay
    quay.claims.close()


def test_an_unfinished_file_waits_counted_and_is_taken_when_its_end_comes(quay: Quay) -> None:
    file = quay.write(HALF)
    before = quay.rounds(2, 30)
    counted = (quay.watcher.progress.incomplete, quay.watcher.progress.backlog)
    file.write_text(HALF + REST)
    after = quay.rounds(2)

    assert (before, counted, after) == ([0, 0, 0], (1, 0), [0, 1])
    assert quay.watcher.progress.incomplete == 0
    assert [each.size for each in quay.deliveries()] == [len(HALF + REST)]


def test_an_unfinished_file_does_not_hold_up_its_neighbours(quay: Quay) -> None:
    quay.write(HALF)
    quay.write("The ferry came back.", "wire/ferry.txt")

    assert quay.rounds(2) == [0, 1]
    assert (quay.watcher.progress.incomplete, quay.watcher.progress.backlog) == (1, 0)


def test_a_file_that_stays_unfinished_goes_to_quarantine_and_says_what_is_missing_since_when(quay: Quay) -> None:
    since = quay.clock.now()
    file = quay.give_up()

    delivery = quay.deliveries()[0]
    report = Report.model_validate_json(report_path(file).read_bytes())
    assert (delivery.disposition, delivery.reason) == (Disposition.QUARANTINED, Reason.INCOMPLETE)
    assert delivery.message == (
        "wire/ferry.xml ends too early: the end tag </nitf> is missing, and nothing about it has changed since"
        f" {since:%Y-%m-%d %H:%M:%S} UTC"
    )
    assert (report.message, report.advice) == (delivery.message, ADVICE[Reason.INCOMPLETE])
    assert file.read_text() == HALF
    assert not (quay.inbox / "wire" / "ferry.xml").exists()


def test_the_door_has_the_first_word_on_an_unfinished_file(quay: Quay) -> None:
    quay.write(HALF, "wire/two\nlines.xml")

    quay.rounds(2, 60)

    assert [each.reason for each in quay.deliveries()] == [Reason.BAD_NAME]


def test_a_file_in_quarantine_comes_back_when_its_writer_goes_on(quay: Quay) -> None:
    file = quay.give_up()
    left = file.exists()
    with file.open("a") as writer:
        writer.write(REST)
    done = quay.rounds(EVERY.total_seconds(), 2)

    first, second = quay.deliveries()
    assert left
    assert done[-1] == 1
    assert second.size == len(HALF + REST)
    assert second.sha256
    assert second.retry_of == first.id
    assert list(quay.quarantine.rglob("*.*")) == []


def test_a_writer_that_has_the_file_open_goes_on_writing_into_it_wherever_it_lies(quay: Quay) -> None:
    file = quay.write(HALF)
    with file.open("a") as writer:
        quay.rounds(2, 60)
        given_up = not file.exists()
        writer.write("<p>It came")
        writer.flush()
        quay.rounds(EVERY.total_seconds())
        back = file.exists()
        writer.write(" back.</p></nitf>")
    quay.rounds(2)

    assert (given_up, back) == (True, True)
    assert quay.deliveries()[-1].size == len(HALF + "<p>It came back.</p></nitf>")


def test_a_file_that_comes_back_unfinished_waits_anew(quay: Quay) -> None:
    file = quay.give_up()
    file.write_text(HALF + "<p>")

    quay.rounds(EVERY.total_seconds(), 2, 50)
    waiting = quay.watcher.progress.incomplete
    quay.rounds(10)

    assert waiting == 1
    assert [each.reason for each in quay.deliveries()] == [Reason.INCOMPLETE] * 2
    assert file.read_text() == HALF + "<p>"


def test_a_replaced_file_of_the_same_size_comes_back(quay: Quay) -> None:
    file = quay.give_up()
    other = file.with_name("new")
    other.write_text(HALF.swapcase())
    os.utime(other, (0, 0))
    other.replace(file)

    quay.rounds(EVERY.total_seconds())

    assert not file.exists()
    assert (quay.inbox / "wire" / "ferry.xml").exists()


def test_what_comes_back_overwrites_nothing_in_the_inbox(quay: Quay) -> None:
    file = quay.give_up()
    file.write_text(HALF + REST)
    new = quay.write(HALF + "<p>another</p>")

    quay.rounds(EVERY.total_seconds(), EVERY.total_seconds())

    assert file.read_text() == HALF + REST
    assert new.read_text() == HALF + "<p>another</p>"


def test_a_return_that_a_crash_cut_in_two_is_finished(quay: Quay) -> None:
    file = quay.give_up()
    file.write_text(HALF + REST)
    os.link(file, quay.inbox / "wire" / "ferry.xml")

    quay.rounds(EVERY.total_seconds(), 2)

    assert not file.exists()
    assert [each.disposition for each in quay.deliveries()] == [Disposition.QUARANTINED, None]


def test_a_second_file_of_the_name_leaves_no_report_behind_when_it_comes_back(quay: Quay) -> None:
    first = quay.give_up()
    quay.write(HALF)
    quay.rounds(2, 60)
    second = first.with_name("ferry.2.xml")
    second.write_text(HALF + REST)
    os.utime(second, (0, 0))

    quay.rounds(EVERY.total_seconds(), 2)

    assert quay.deliveries()[-1].size == len(HALF + REST)
    assert sorted(each.name for each in first.parent.iterdir()) == ["ferry.xml", "ferry.xml.error.json"]


def test_a_report_that_names_a_place_outside_the_inbox_moves_nothing(quay: Quay) -> None:
    file = quay.give_up()
    report = report_path(file)
    report.write_text(report.read_text().replace('"wire/ferry.xml"', '"../../ferry.xml"'))
    file.write_text(HALF + REST)
    quay.restart()

    quay.rounds(EVERY.total_seconds())

    assert file.exists()
    assert not (quay.folder.parent / "ferry.xml").exists()


def test_a_time_in_the_future_does_not_send_a_file_to_and_fro(quay: Quay) -> None:
    file = quay.give_up()
    os.utime(file, (0, quay.clock.now().timestamp() + 1_000))
    quay.restart()

    quay.rounds(EVERY.total_seconds(), EVERY.total_seconds())

    assert file.exists()


def test_other_reasons_keep_their_files_in_quarantine(quay: Quay) -> None:
    quay.write("", "wire/empty.txt")
    quay.rounds(2, 10)
    file = quay.quarantine / "wire" / "empty.txt"
    file.write_text("The ferry came back.")

    quay.rounds(EVERY.total_seconds())

    assert file.exists()


def test_a_claim_whose_watcher_died_before_refusing_it_is_refused_by_the_next(quay: Quay) -> None:
    quay.write(HALF)
    quay.write("The ferry came back.", "wire/ferry.txt")
    for name in ("ferry.xml", "ferry.txt"):
        quay.claims.take(f"wire/{name}", DeliveryId(f"d{name}"))

    quay.restart()
    quay.rounds()

    assert {each.name: each.reason for each in quay.deliveries()} == {"ferry.xml": Reason.INCOMPLETE, "ferry.txt": None}


def test_where_markers_are_in_use_a_file_without_one_is_never_taken(marked: Quay) -> None:
    marked.write(HALF + REST)

    assert marked.rounds(2, 1_000) == [0, 0, 0]
    assert marked.watcher.progress.incomplete == 1


def test_a_marker_lets_its_file_be_taken_and_goes_with_it(marked: Quay) -> None:
    marked.write("The ferry came", "wire/ferry.txt")
    marked.write("", "wire/ferry.txt.done")
    marked.write("", "wire/other.txt.done")

    done = marked.rounds(2, 100)

    assert done == [0, 1, 0]
    assert [each.path for each in marked.deliveries()] == ["wire/ferry.txt"]
    assert [each.name for each in (marked.inbox / "wire").iterdir()] == ["other.txt.done"]


def test_a_marker_does_not_make_half_a_document_whole(marked: Quay) -> None:
    marked.write(HALF)
    marked.write("", "wire/ferry.xml.done")

    marked.rounds(2, 30, 30)

    assert [each.reason for each in marked.deliveries()] == [Reason.INCOMPLETE]


def test_without_markers_in_use_their_name_is_any_other(quay: Quay) -> None:
    quay.write("The ferry came back.", "wire/ferry.done")

    assert quay.rounds(2) == [0, 1]


def test_the_sign_of_life_says_how_many_files_wait_for_the_rest_of_them(quay: Quay) -> None:
    quay.write(HALF)
    quay.rounds(2)
    loop = Loop(quay.watcher, quay.claims, quay.store.presence, quay.clock, name="watcher@test:1")

    loop.turn(timedelta(seconds=1))

    assert quay.store.presence.present()[0].details["incomplete"] == 1
