from __future__ import annotations

import io
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
from copytaster.intake.file_intake import Deposit, Intake
from copytaster.intake.pressure import Gauges, Marks
from copytaster.intake.rename_claims import RenameClaims
from copytaster.intake.source_defaults import SourceDefaults
from copytaster.metrics import PipelineMetrics
from copytaster.model.delivery import Delivery, DeliveryId, Outcome
from copytaster.model.disposition import Reason
from copytaster.model.limits import Limits
from copytaster.model.metadata import FolderDefaults, Metadata
from copytaster.model.work import RecordingPublisher
from copytaster.monitoring.status import find_notices
from copytaster.quarantine.folder import FolderQuarantine, Report, report_path
from copytaster.recovery.retry import NotRetriedError, failed_deliveries, retry
from copytaster.store.ports.ledger import DeliveryQuery
from copytaster.store.store import Store
from copytaster_watcher.backpressure import Backpressure
from copytaster_watcher.discovery.scan import FolderScan
from copytaster_watcher.late_writers import LateWriters
from copytaster_watcher.loop import Loop
from copytaster_watcher.readiness.completeness.patience import Waits
from copytaster_watcher.readiness.stability import StabilityTracker
from copytaster_watcher.watcher import Watcher, WatcherDependencies
from tests.factories import finished_files

WAITS = Waits(settle=timedelta(seconds=2), empty=timedelta(seconds=10), incomplete=timedelta(seconds=60))

MARKS = Marks(queue_limit=100, memory_limit=0.8, disk_free_bytes=0)

FERRY, META = "wire/ferry.txt", "wire/ferry.txt.meta.json"

GOOD, BAD = '{"title": "Ferry returns"}', '{"titel": "Ferry returns"}'


@dataclass(slots=True)
class Pier:
    """A watcher over an inbox and a quarantine, with a clock that moves by hand."""

    folder: Path
    clock: ManualClock
    patience: float = 0
    markers: bool = False
    store: Store = field(init=False)
    intake: Intake = field(init=False)
    claims: RenameClaims = field(init=False)
    watcher: Watcher = field(init=False)

    def __post_init__(self) -> None:
        (self.inbox / "wire").mkdir(parents=True)
        self.store = memory_store(self.clock)
        self.claims = RenameClaims(self.inbox, "watcher")
        self.intake = Intake(
            ledger=self.store.ledger,
            archive=MemoryArchive(),
            journal=MemoryJournal(),
            quarantine=FolderQuarantine(self.quarantine),
            clock=self.clock,
            admission=AdmissionRules(Limits(file_bytes=1_000_000)),
            source_defaults=SourceDefaults(self.inbox),
        )
        metrics = PipelineMetrics(CollectorRegistry())
        deps = WatcherDependencies(
            scan=FolderScan(self.inbox),
            stability=StabilityTracker(WAITS.settle),
            finished=finished_files(
                self.inbox, WAITS, self.clock, sidecar=self.patience, markers=self.markers, max_file_bytes=1_000_000
            ),
            returns=LateWriters(self.quarantine, self.inbox, self.clock),
            claims=self.claims,
            intake=self.intake,
            publisher=RecordingPublisher(),
            backpressure=Backpressure(Gauges, MARKS, metrics, self.clock),
            metrics=metrics,
            clock=self.clock,
            steady=self.clock,
            name="watcher@test:1",
            batch_size=3,
        )
        self.watcher = Watcher(deps)

    @property
    def inbox(self) -> Path:
        return self.folder / "inbox"

    @property
    def quarantine(self) -> Path:
        return self.folder / "quarantine"

    def write(self, path: str, content: str = "The ferry came back.") -> Path:
        file = self.inbox / path
        file.write_text(content)
        return file

    def rounds(self, *seconds: float) -> list[int]:
        """Do a round at once and one after each pause; return what each did."""
        done = [self.watcher.round()]
        for pause in seconds:
            self.clock.advance(seconds=pause)
            done.append(self.watcher.round())
        return done

    def retry(self, delivery: Delivery) -> Delivery:
        deposit = Deposit(intake=self.intake, claims=self.claims, publisher=RecordingPublisher())
        return retry(delivery.id, deposit=deposit, by="person")

    def deliveries(self) -> list[Delivery]:
        assert self.store.ledger.balance().closed
        return self.store.ledger.find(DeliveryQuery(limit=100))[::-1]

    def lying(self, folder: Path) -> list[str]:
        """Return the paths of all files below a folder."""
        return sorted(each.relative_to(folder).as_posix() for each in folder.rglob("[!.]*") if each.is_file())


@pytest.fixture
def pier(tmp_path: Path, clock: ManualClock) -> Iterator[Pier]:
    pier = Pier(tmp_path / "plain", clock)
    yield pier
    pier.claims.close()


@pytest.fixture
def patient(tmp_path: Path, clock: ManualClock) -> Iterator[Pier]:
    pier = Pier(tmp_path / "patient", clock, patience=30)
    yield pier
    pier.claims.close()


@pytest.fixture
def marked(tmp_path: Path, clock: ManualClock) -> Iterator[Pier]:
    pier = Pier(tmp_path / "marked", clock, markers=True)
    yield pier
    pier.claims.close()


def test_a_sidecar_goes_with_its_file_and_is_no_delivery_of_its_own(pier: Pier) -> None:
    pier.write(META, GOOD)
    pier.write(FERRY)

    done = pier.rounds(2)

    (delivery,) = pier.deliveries()
    record = pier.store.ledger.get(delivery.id)
    assert done == [0, 1]
    assert delivery.metadata == Metadata(title="Ferry returns")
    assert delivery.sidecar
    assert pier.intake.archive.get(delivery.sidecar).decode() == GOOD
    assert record
    assert record.timeline[0].what == "registered: archived and due, with sidecar ferry.txt.meta.json"
    assert pier.lying(pier.inbox) == []
    assert list(pier.claims.pending()) == []


def test_without_a_wait_a_file_does_not_wait_for_a_sidecar_that_may_come(pier: Pier) -> None:
    pier.write(FERRY)

    assert pier.rounds(2) == [0, 1]


def test_with_a_wait_the_file_waits_for_its_sidecar(patient: Pier) -> None:
    patient.write(FERRY)
    before = patient.rounds(2, 20)
    patient.write(META, GOOD)
    after = patient.rounds(1, 1)

    assert (before, after) == ([0, 0, 0], [0, 0, 1])
    assert patient.deliveries()[0].metadata == Metadata(title="Ferry returns")


def test_with_a_wait_the_file_goes_alone_when_it_is_over(patient: Pier) -> None:
    patient.write(FERRY)

    done = patient.rounds(2, 27, 1)

    assert done == [0, 0, 0, 1]
    assert patient.deliveries()[0].metadata is None


def test_a_sidecar_that_is_half_written_is_waited_for(pier: Pier) -> None:
    pier.write(FERRY)
    pier.write(META, GOOD[:10])
    before = pier.rounds(2, 20)
    pier.write(META, GOOD)
    after = pier.rounds(2)

    assert (before, after) == ([0, 0, 0], [0, 1])
    assert pier.deliveries()[0].metadata == Metadata(title="Ferry returns")


@pytest.mark.parametrize("content", [BAD, "title: Ferry", '{"title": "' + "x" * 70_000 + '"}'])
def test_a_bad_sidecar_takes_its_file_along_into_quarantine(pier: Pier, content: str) -> None:
    pier.write(META, content)
    pier.write(FERRY)

    pier.rounds(2, 60)

    (delivery,) = pier.deliveries()
    report = Report.model_validate_json((pier.quarantine / f"{FERRY}.error.json").read_bytes())
    assert delivery.reason is Reason.BAD_SIDECAR
    assert delivery.message
    assert META in delivery.message
    assert report.message == delivery.message
    assert pier.lying(pier.quarantine) == [FERRY, f"{FERRY}.error.json", META]
    assert (pier.quarantine / META).read_text() == content
    assert pier.lying(pier.inbox) == []


def test_a_mended_sidecar_goes_with_the_retry_of_its_file(pier: Pier) -> None:
    pier.write(META, BAD)
    pier.write(FERRY)
    pier.rounds(2)
    (failed,) = pier.deliveries()
    again = pier.retry(failed)
    (pier.quarantine / META).write_text(GOOD)

    mended = pier.retry(again)

    assert (again.reason, again.retry_of) == (Reason.BAD_SIDECAR, failed.id)
    assert (mended.reason, mended.metadata) == (None, Metadata(title="Ferry returns"))
    assert pier.lying(pier.quarantine) == []


def test_a_mended_sidecar_goes_along_when_a_person_moves_its_file_back(pier: Pier) -> None:
    pier.write(META, BAD)
    pier.write(FERRY)
    pier.rounds(2, 1)
    (pier.quarantine / META).write_text(GOOD)
    (pier.quarantine / FERRY).rename(pier.inbox / FERRY)

    pier.rounds(2)

    failed, mended = pier.deliveries()
    assert (mended.retry_of, mended.metadata) == (failed.id, Metadata(title="Ferry returns"))
    assert pier.lying(pier.quarantine) == []


def test_without_its_sidecar_a_file_may_be_tried_alone(pier: Pier) -> None:
    pier.write(META, BAD)
    pier.write(FERRY)
    pier.rounds(2)
    (pier.quarantine / META).unlink()

    again = pier.retry(pier.deliveries()[0])

    assert (again.reason, again.metadata, again.sidecar) == (None, None, None)


def test_a_file_that_failed_later_is_tried_again_with_its_sidecar_out_of_the_archive(pier: Pier) -> None:
    pier.write(META, GOOD)
    pier.write(FERRY)
    pier.rounds(2)
    (delivery,) = pier.deliveries()
    pier.store.ledger.begin(delivery.id, owner="worker", lease=timedelta(seconds=5))
    failure = Report.model_validate({**_failure(delivery), "at": pier.clock.now()})
    pier.intake.quarantine.keep_content(io.BytesIO(b"The ferry came back."), path=FERRY, report=failure)
    pier.store.ledger.settle(delivery.id, _outcome(failure), by="worker")

    again = pier.retry(delivery)

    assert (again.metadata, again.sidecar) == (delivery.metadata, delivery.sidecar)


def test_a_sidecar_whose_file_does_not_come_is_given_up_visibly(pier: Pier) -> None:
    pier.write(META, GOOD)

    done = pier.rounds(2, 57, 1)

    (delivery,) = pier.deliveries()
    assert done == [0, 0, 0, 1]
    assert (delivery.path, delivery.reason) == (META, Reason.ORPHAN_SIDECAR)
    assert delivery.message == f"{META} is a sidecar, but its file {FERRY} is missing"
    assert pier.lying(pier.quarantine) == [META, f"{META}.error.json"]


def test_a_sidecar_is_no_orphan_while_its_file_is_still_being_written(pier: Pier) -> None:
    pier.write(META, GOOD)
    for number in range(70):
        pier.write(FERRY, "word " * number)
        pier.rounds(1)

    pier.rounds(60)

    (delivery,) = pier.deliveries()
    assert (delivery.path, delivery.metadata) == (FERRY, Metadata(title="Ferry returns"))


def test_an_orphan_that_is_moved_back_goes_with_its_file(pier: Pier) -> None:
    pier.write(META, GOOD)
    pier.rounds(60)
    (pier.quarantine / META).rename(pier.inbox / META)
    pier.write(FERRY)

    pier.rounds(2)

    orphan, delivery = pier.deliveries()
    assert orphan.reason is Reason.ORPHAN_SIDECAR
    assert delivery.metadata == Metadata(title="Ferry returns")


def test_an_orphan_cannot_be_retried_by_itself_and_says_what_to_do(pier: Pier) -> None:
    pier.write(META, GOOD)
    pier.rounds(60)
    (orphan,) = pier.deliveries()
    report = Report.model_validate_json(report_path(pier.quarantine / META).read_bytes())

    with pytest.raises(NotRetriedError, match="put its file beside it"):
        pier.retry(orphan)

    assert failed_deliveries(pier.store.ledger, reason=None) == []
    assert report.retry == (f"by hand, in the data folder: mv quarantine/{META} inbox/wire/",)


def test_an_orphan_and_the_sidecar_of_a_file_of_the_name_do_not_overwrite_each_other(pier: Pier) -> None:
    pier.write(META, GOOD)
    pier.rounds(60)
    pier.write(META, BAD)
    pier.write(FERRY)

    pier.rounds(2)

    contents = {path: (pier.quarantine / path).read_text() for path in pier.lying(pier.quarantine)}
    assert contents[META] == GOOD
    assert contents["wire/ferry.2.txt.meta.json"] == BAD
    assert contents["wire/ferry.2.txt"] == "The ferry came back."


def test_a_sidecar_of_a_sidecar_describes_nothing(pier: Pier) -> None:
    pier.write(f"{META}.meta.json", GOOD)

    pier.rounds(60)

    assert [each.reason for each in pier.deliveries()] == [Reason.ORPHAN_SIDECAR]


def test_a_link_under_a_sidecars_name_is_not_followed(pier: Pier) -> None:
    pier.write(FERRY)
    (pier.inbox / META).symlink_to("/etc/hostname")

    pier.rounds(2, 60)

    assert [(each.path, each.reason) for each in pier.deliveries()] == [(FERRY, None), (META, Reason.NOT_A_FILE)]


def test_a_folder_under_a_sidecars_name_holds_nothing_up(pier: Pier) -> None:
    pier.write(FERRY)
    (pier.inbox / META).mkdir()

    assert pier.rounds(2) == [0, 1]


def test_a_file_whose_name_leaves_no_room_for_a_sidecar_is_taken(pier: Pier) -> None:
    pier.write(f"wire/{'x' * 250}.txt")

    assert pier.rounds(2) == [0, 1]


def test_a_refused_file_takes_its_sidecar_along(pier: Pier) -> None:
    pier.write(FERRY, "")
    pier.write(META, GOOD)

    pier.rounds(2, 10)

    (delivery,) = pier.deliveries()
    assert (delivery.reason, delivery.metadata) == (Reason.EMPTY, None)
    assert pier.lying(pier.quarantine) == [FERRY, f"{FERRY}.error.json", META]


def test_a_marker_vouches_for_the_sidecar_too(marked: Pier) -> None:
    marked.write(FERRY)
    marked.write(META, GOOD)
    marked.write(f"{META}.done", "")
    before = marked.rounds(2)
    marked.write(f"{FERRY}.done", "")
    after = marked.rounds(0)

    assert (before, after) == ([0, 0], [1, 0])
    assert marked.deliveries()[0].metadata == Metadata(title="Ferry returns")
    assert marked.lying(marked.inbox) == []


def test_a_sidecar_of_a_file_that_a_dead_watcher_claimed_is_not_taken_for_the_next_one(pier: Pier) -> None:
    sidecar = pier.write(META, GOOD)
    pier.write(FERRY)
    claim = pier.claims.take(FERRY, DeliveryId("d1"))
    assert claim
    assert claim.sidecar
    os.link(claim.sidecar, sidecar)  # as if its watcher had died before it removed this
    pier.write(FERRY, "Another ferry.")
    rival = RenameClaims(pier.inbox, "rival")

    before = rival.take(FERRY, DeliveryId("d2"))
    pier.claims.release(claim)
    sidecar.unlink()
    after = rival.take(FERRY, DeliveryId("d3"))
    rival.close()

    assert before is None
    assert after
    assert after.sidecar is None


def test_a_deposit_takes_the_sidecar_beside_a_file_along_and_leaves_both_where_they_are(pier: Pier) -> None:
    file = pier.folder / "story.txt"
    file.write_text("The ferry came back.")
    (pier.folder / "story.txt.meta.json").write_text(GOOD)
    deposit = Deposit(intake=pier.intake, claims=pier.claims, publisher=RecordingPublisher())

    delivery = deposit.copy_in(file, path="desk/story.txt", by="person")

    assert delivery.metadata == Metadata(title="Ferry returns")
    assert (pier.folder / "story.txt.meta.json").read_text() == GOOD


def test_a_source_file_gives_its_folders_defaults_and_is_never_taken(pier: Pier) -> None:
    pier.write("wire/_source.yml", "source: The Wire\n")
    pier.write(FERRY)
    pier.write("other.txt")

    pier.rounds(2, 60)

    assert {each.path: each.folder_defaults for each in pier.deliveries()} == {
        FERRY: FolderDefaults(source="The Wire"),
        "other.txt": None,
    }
    assert pier.lying(pier.inbox) == ["wire/_source.yml"]


def test_a_bad_source_file_holds_its_folder_up_until_it_is_mended_and_the_status_says_so(pier: Pier) -> None:
    pier.write("wire/_source.yml", "langauge: en\n")
    pier.write(FERRY)
    pier.write("other.txt")
    held = pier.rounds(2, 60)
    loop = Loop(pier.watcher, pier.claims, pier.store.presence, pier.clock, name="watcher@test:1")
    loop.turn(timedelta(seconds=1))
    beat = pier.store.presence.present()
    notices = find_notices(beat, now=pier.clock.now())
    pier.write("wire/_source.yml", "language: en\n")
    mended = pier.rounds(0)

    assert (held, mended) == ([0, 1, 0], [1, 0])
    assert (beat[0].details["blocked"], beat[0].details["backlog"]) == (1, 0)
    assert [(each.code, "line 1: there is no field 'langauge'" in each.message) for each in notices] == [
        ("files_held", True)
    ]
    assert [each.path for each in pier.deliveries()] == ["other.txt", FERRY]


def _failure(delivery: Delivery) -> dict[str, object]:
    known: dict[str, object] = delivery.model_dump(include={"path", "sha256", "size", "attempts"})
    said = {
        "disposition": "quarantined",
        "reason": "parse_failed",
        "stage": "ingest",
        "message": "no",
        "advice": "none",
    }
    return known | said | {"delivery_id": delivery.id}


def _outcome(report: Report) -> Outcome:
    return Outcome(disposition=report.disposition, reason=report.reason, message=report.message)
