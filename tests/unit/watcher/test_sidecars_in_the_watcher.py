from __future__ import annotations

import io
import json
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
from copytaster.intake.pauses import PauseWatch
from copytaster.intake.pressure import Gauges, Marks
from copytaster.intake.rename_claims import RenameClaims
from copytaster.intake.source_defaults import SourceDefaults
from copytaster.metrics import WatcherMetrics
from copytaster.model.article import ArticleStatus
from copytaster.model.delivery import Delivery, DeliveryId, Outcome
from copytaster.model.disposition import Reason
from copytaster.model.limits import Limits
from copytaster.model.metadata import FolderDefaults, Metadata
from copytaster.model.work import RecordingPublisher
from copytaster.monitoring.status import find_notices
from copytaster.quarantine.file_names import COPIED_SIDECAR_BYTES, report_path
from copytaster.quarantine.folder import FolderQuarantine
from copytaster.quarantine.port import Report
from copytaster.recovery.failed_files import all_failed, is_worth_retrying
from copytaster.recovery.retry import NotRetriedError, retry
from copytaster.store.ports.failed_files import FailedQuery
from copytaster.store.ports.ledger import DeliveryQuery
from copytaster.store.store import Store
from copytaster_watcher.areas import Area
from copytaster_watcher.backpressure import Backpressure
from copytaster_watcher.discovery.arrivals import Arrivals
from copytaster_watcher.discovery.scan import FolderScan
from copytaster_watcher.loop import Loop
from copytaster_watcher.readiness.completeness.patience import Waits
from copytaster_watcher.readiness.stability import StabilityTracker
from copytaster_watcher.watcher import Watcher, WatcherDependencies
from tests.factories import METADATA_READER, finished_files

WAITS = Waits(settle=timedelta(seconds=2), empty=timedelta(seconds=10), incomplete=timedelta(seconds=60))

MARKS = Marks(queue_limit=100, memory_limit=0.8, disk_free_bytes=0)

FERRY, META = "wire/ferry.txt", "wire/ferry.txt.meta.json"

GOOD, BAD = '{"title": "Ferry returns"}', '{"titel": "Ferry returns"}'


@dataclass(slots=True)
class WatchedInbox:
    """A watcher over an inbox and a quarantine, with a manual clock."""

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
            source_defaults=SourceDefaults(self.inbox, METADATA_READER),
            metadata_reader=METADATA_READER,
        )
        metrics = WatcherMetrics(CollectorRegistry())
        deps = WatcherDependencies(
            areas=[
                Area(
                    FolderScan(self.inbox),
                    StabilityTracker(WAITS.settle, Arrivals(self.clock)),
                    finished_files(
                        self.inbox,
                        WAITS,
                        self.clock,
                        sidecar=self.patience,
                        markers=self.markers,
                        max_file_bytes=1_000_000,
                    ),
                    self.clock,
                )
            ],
            claims=self.claims,
            intake=self.intake,
            publisher=RecordingPublisher(),
            backpressure=Backpressure(Gauges, MARKS, metrics, self.clock),
            metrics=metrics,
            clock=self.clock,
            monotonic_clock=self.clock,
            pauses=PauseWatch(self.store.pauses, self.clock),
            name="watcher@test:1",
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

    def files_in(self, folder: Path) -> list[str]:
        """Return the paths of all files below a folder."""
        return sorted(each.relative_to(folder).as_posix() for each in folder.rglob("[!.]*") if each.is_file())


@pytest.fixture
def watched(tmp_path: Path, clock: ManualClock) -> Iterator[WatchedInbox]:
    watched = WatchedInbox(tmp_path / "plain", clock)
    yield watched
    watched.claims.close()


@pytest.fixture
def patient(tmp_path: Path, clock: ManualClock) -> Iterator[WatchedInbox]:
    watched = WatchedInbox(tmp_path / "patient", clock, patience=30)
    yield watched
    watched.claims.close()


@pytest.fixture
def marked(tmp_path: Path, clock: ManualClock) -> Iterator[WatchedInbox]:
    watched = WatchedInbox(tmp_path / "marked", clock, markers=True)
    yield watched
    watched.claims.close()


def test_a_sidecar_is_taken_with_its_file_and_is_no_separate_delivery(watched: WatchedInbox) -> None:
    watched.write(META, GOOD)
    watched.write(FERRY)

    done = watched.rounds(2)

    (delivery,) = watched.deliveries()
    record = watched.store.ledger.get(delivery.id)
    assert done == [0, 1]
    assert delivery.metadata == Metadata(title="Ferry returns")
    assert delivery.sidecar
    assert watched.intake.archive.get(delivery.sidecar).decode() == GOOD
    assert record
    assert record.timeline[0].what == "registered: archived and due, with sidecar ferry.txt.meta.json"
    assert watched.files_in(watched.inbox) == []
    assert list(watched.claims.pending()) == []


def test_without_a_wait_a_file_does_not_wait_for_a_sidecar_that_may_come(watched: WatchedInbox) -> None:
    watched.write(FERRY)

    assert watched.rounds(2) == [0, 1]


def test_with_a_wait_the_file_waits_for_its_sidecar(patient: WatchedInbox) -> None:
    patient.write(FERRY)
    before = patient.rounds(2, 20)
    patient.write(META, GOOD)
    after = patient.rounds(1, 1)

    assert (before, after) == ([0, 0, 0], [0, 0, 1])
    assert patient.deliveries()[0].metadata == Metadata(title="Ferry returns")


def test_with_a_wait_the_file_is_taken_alone_when_the_wait_is_over(patient: WatchedInbox) -> None:
    patient.write(FERRY)

    done = patient.rounds(2, 27, 1)

    assert done == [0, 0, 0, 1]
    assert patient.deliveries()[0].metadata is None


def test_a_sidecar_that_is_half_written_is_waited_for(watched: WatchedInbox) -> None:
    watched.write(FERRY)
    watched.write(META, GOOD[:10])
    before = watched.rounds(2, 20)
    watched.write(META, GOOD)
    after = watched.rounds(2)

    assert (before, after) == ([0, 0, 0], [0, 1])
    assert watched.deliveries()[0].metadata == Metadata(title="Ferry returns")


@pytest.mark.parametrize("name", [b"caf\xe9.txt", b"\x1b]0;title\x07.txt", "cod\u202etxt.txt".encode()])
@pytest.mark.parametrize("content", [GOOD, GOOD[:9], None])
def test_a_heartbeat_can_be_sent_whatever_the_name_of_a_file_that_waits_for_its_sidecar(
    patient: WatchedInbox, name: bytes, content: str | None
) -> None:
    path = f"wire/{os.fsdecode(name)}"
    patient.write(path)
    if content:
        patient.write(f"{path}.meta.json", content)
    loop = Loop(patient.watcher, patient.claims, patient.store.presence, patient.clock, name="watcher@test:1")
    sent = list[str]()
    for _ in range(12):
        loop.turn(timedelta(seconds=1))
        patient.clock.advance(seconds=3)
        sent += [each.model_dump_json() for each in patient.store.presence.present()]

    waits = [file for each in sent for file in json.loads(each)["unfinished"]]
    assert all(each["missing"].isprintable() for each in waits)
    assert bool(waits) is (content is not GOOD)


@pytest.mark.parametrize("content", [BAD, "title: Ferry", '{"title": "' + "x" * 70_000 + '"}'])
def test_a_bad_sidecar_takes_its_file_along_into_quarantine(watched: WatchedInbox, content: str) -> None:
    watched.write(META, content)
    watched.write(FERRY)

    watched.rounds(2, 60)

    (delivery,) = watched.deliveries()
    report = Report.model_validate_json((watched.quarantine / f"{FERRY}.error.json").read_bytes())
    assert delivery.reason is Reason.BAD_SIDECAR
    assert delivery.message
    assert META in delivery.message
    assert report.message == delivery.message
    assert watched.files_in(watched.quarantine) == [FERRY, f"{FERRY}.error.json", META]
    assert (watched.quarantine / META).read_text() == content
    assert watched.files_in(watched.inbox) == []


def test_a_mended_sidecar_goes_with_the_retry_of_its_file(watched: WatchedInbox) -> None:
    watched.write(META, BAD)
    watched.write(FERRY)
    watched.rounds(2)
    (failed,) = watched.deliveries()
    again = watched.retry(failed)
    (watched.quarantine / META).write_text(GOOD)

    mended = watched.retry(again)

    assert (again.reason, again.retry_of) == (Reason.BAD_SIDECAR, failed.id)
    assert (mended.reason, mended.metadata) == (None, Metadata(title="Ferry returns"))
    assert watched.files_in(watched.quarantine) == []


def test_a_mended_sidecar_goes_along_when_a_person_moves_its_file_back(watched: WatchedInbox) -> None:
    watched.write(META, BAD)
    watched.write(FERRY)
    watched.rounds(2, 1)
    (watched.quarantine / META).write_text(GOOD)
    (watched.quarantine / FERRY).rename(watched.inbox / FERRY)

    watched.rounds(2)

    failed, mended = watched.deliveries()
    assert (mended.retry_of, mended.metadata) == (failed.id, Metadata(title="Ferry returns"))
    assert watched.files_in(watched.quarantine) == []


def test_without_its_sidecar_a_file_may_be_tried_alone(watched: WatchedInbox) -> None:
    watched.write(META, BAD)
    watched.write(FERRY)
    watched.rounds(2)
    (watched.quarantine / META).unlink()

    again = watched.retry(watched.deliveries()[0])

    assert (again.reason, again.metadata, again.sidecar) == (None, None, None)


def test_a_file_that_failed_later_is_tried_again_with_its_sidecar_out_of_the_archive(watched: WatchedInbox) -> None:
    watched.write(META, GOOD)
    watched.write(FERRY)
    watched.rounds(2)
    (delivery,) = watched.deliveries()
    watched.store.ledger.begin(delivery.id, owner="worker", lease=timedelta(seconds=5))
    failure = Report.model_validate({**_failure(delivery), "at": watched.clock.now()})
    watched.intake.quarantine.add_content(io.BytesIO(b"The ferry came back."), path=FERRY, report=failure)
    watched.store.ledger.settle(delivery.id, _outcome(failure), by="worker")

    again = watched.retry(delivery)

    assert (again.metadata, again.sidecar) == (delivery.metadata, delivery.sidecar)


def test_a_sidecar_whose_file_does_not_arrive_is_quarantined(watched: WatchedInbox) -> None:
    watched.write(META, GOOD)

    done = watched.rounds(2, 57, 1)

    (delivery,) = watched.deliveries()
    assert done == [0, 0, 0, 1]
    assert (delivery.path, delivery.reason) == (META, Reason.ORPHAN_SIDECAR)
    assert delivery.message == f"{META} is a sidecar, but its file {FERRY} is missing"
    assert watched.files_in(watched.quarantine) == [META, f"{META}.error.json"]


def test_a_sidecar_is_no_orphan_while_its_file_is_still_being_written(watched: WatchedInbox) -> None:
    watched.write(META, GOOD)
    for number in range(70):
        watched.write(FERRY, "word " * number)
        watched.rounds(1)

    watched.rounds(60)

    (delivery,) = watched.deliveries()
    assert (delivery.path, delivery.metadata) == (FERRY, Metadata(title="Ferry returns"))


def test_an_orphan_that_is_moved_back_goes_with_its_file(watched: WatchedInbox) -> None:
    watched.write(META, GOOD)
    watched.rounds(60)
    (watched.quarantine / META).rename(watched.inbox / META)
    watched.write(FERRY)

    watched.rounds(2)

    orphan, delivery = watched.deliveries()
    assert orphan.reason is Reason.ORPHAN_SIDECAR
    assert delivery.metadata == Metadata(title="Ferry returns")


def test_an_orphan_cannot_be_retried_by_itself_and_the_message_gives_advice(watched: WatchedInbox) -> None:
    watched.write(META, GOOD)
    watched.rounds(60)
    (orphan,) = watched.deliveries()
    report = Report.model_validate_json(report_path(watched.quarantine / META).read_bytes())

    with pytest.raises(NotRetriedError, match="Put the sidecar and its file into the same folder"):
        watched.retry(orphan)

    (failed,) = all_failed(watched.store.failed, FailedQuery())
    assert not is_worth_retrying(failed, FailedQuery())
    assert report.retry == (f"by hand, in the data folder: mv quarantine/{META} inbox/wire/",)


def test_an_orphan_and_the_sidecar_of_a_file_of_the_name_do_not_overwrite_each_other(watched: WatchedInbox) -> None:
    watched.write(META, GOOD)
    watched.rounds(60)
    watched.write(META, BAD)
    watched.write(FERRY)

    watched.rounds(2)

    contents = {path: (watched.quarantine / path).read_text() for path in watched.files_in(watched.quarantine)}
    assert contents[META] == GOOD
    assert contents["wire/ferry.2.txt.meta.json"] == BAD
    assert contents["wire/ferry.2.txt"] == "The ferry came back."


def test_a_sidecar_of_a_sidecar_describes_nothing(watched: WatchedInbox) -> None:
    watched.write(f"{META}.meta.json", GOOD)

    watched.rounds(60)

    assert [each.reason for each in watched.deliveries()] == [Reason.ORPHAN_SIDECAR]


@pytest.mark.parametrize("target", ["/etc/hostname", "nowhere"])
def test_a_file_whose_sidecar_is_a_link_is_withheld_and_the_link_not_followed(
    watched: WatchedInbox, target: str
) -> None:
    watched.write(FERRY)
    (watched.inbox / META).symlink_to(target)

    watched.rounds(2, 60)
    (delivery,) = watched.deliveries()
    retried = watched.retry(delivery)

    assert (delivery.path, delivery.reason, retried.reason) == (FERRY, Reason.BAD_SIDECAR, Reason.BAD_SIDECAR)
    assert delivery.message == f"the sidecar {META} is a symbolic link; links are not followed"
    assert (watched.quarantine / META).readlink() == Path(target)
    assert watched.files_in(watched.inbox) == []


def test_of_a_huge_sidecar_only_the_beginning_is_copied_and_the_rest_stays_whole(watched: WatchedInbox) -> None:
    watched.write(FERRY)
    os.truncate(watched.write(META, GOOD), 1 << 40)  # more than there is space for

    watched.rounds(2)
    copied = (watched.quarantine / META).stat().st_size
    watched.rounds(60)

    ferry, sidecar = watched.deliveries()
    assert (ferry.reason, copied) == (Reason.BAD_SIDECAR, COPIED_SIDECAR_BYTES)
    assert (sidecar.path, sidecar.size, sidecar.reason) == (META, 1 << 40, Reason.TOO_LARGE)
    assert (watched.quarantine / "wire/ferry.txt.meta.2.json").stat().st_size == 1 << 40


def test_a_folder_under_a_sidecars_name_delays_nothing(watched: WatchedInbox) -> None:
    watched.write(FERRY)
    (watched.inbox / META).mkdir()

    assert watched.rounds(2) == [0, 1]


def test_a_file_whose_name_leaves_no_room_for_a_sidecar_is_taken(watched: WatchedInbox) -> None:
    watched.write(f"wire/{'x' * 250}.txt")

    assert watched.rounds(2) == [0, 1]


def test_a_refused_file_takes_its_sidecar_along(watched: WatchedInbox) -> None:
    watched.write(FERRY, "")
    watched.write(META, GOOD)

    watched.rounds(2, 10)

    (delivery,) = watched.deliveries()
    assert (delivery.reason, delivery.metadata) == (Reason.EMPTY, None)
    assert watched.files_in(watched.quarantine) == [FERRY, f"{FERRY}.error.json", META]


def test_a_marker_covers_the_sidecar_too(marked: WatchedInbox) -> None:
    marked.write(FERRY)
    marked.write(META, GOOD)
    marked.write(f"{META}.done", "")
    before = marked.rounds(2)
    marked.write(f"{FERRY}.done", "")
    after = marked.rounds(0)

    assert (before, after) == ([0, 0], [1, 0])
    assert marked.deliveries()[0].metadata == Metadata(title="Ferry returns")
    assert marked.files_in(marked.inbox) == []


def test_a_sidecar_of_a_file_that_a_dead_watcher_claimed_is_not_taken_for_the_next_one(watched: WatchedInbox) -> None:
    sidecar = watched.write(META, GOOD)
    watched.write(FERRY)
    claim = watched.claims.take(FERRY, DeliveryId("d1"))
    assert claim
    assert claim.sidecar
    os.link(claim.sidecar, sidecar)  # as if its watcher had died before it removed this
    watched.write(FERRY, "Another ferry.")
    rival = RenameClaims(watched.inbox, "rival")

    before = rival.take(FERRY, DeliveryId("d2"))
    watched.claims.release(claim)
    sidecar.unlink()
    after = rival.take(FERRY, DeliveryId("d3"))
    rival.close()

    assert before is None
    assert after
    assert after.sidecar is None


def test_a_deposit_takes_the_sidecar_beside_a_file_along_and_leaves_both_where_they_are(watched: WatchedInbox) -> None:
    file = watched.folder / "story.txt"
    file.write_text("The ferry came back.")
    (watched.folder / "story.txt.meta.json").write_text(GOOD)
    deposit = Deposit(intake=watched.intake, claims=watched.claims, publisher=RecordingPublisher())

    delivery = deposit.copy_in(file, path="desk/story.txt", by="person")

    assert delivery.metadata == Metadata(title="Ferry returns")
    assert (watched.folder / "story.txt.meta.json").read_text() == GOOD


def test_a_source_file_gives_its_folders_defaults_and_is_never_taken(watched: WatchedInbox) -> None:
    watched.write("wire/_source.yml", "source: The Wire\n")
    watched.write(FERRY)
    watched.write("other.txt")

    watched.rounds(2, 60)

    assert {each.path: each.folder_defaults for each in watched.deliveries()} == {
        FERRY: FolderDefaults(source="The Wire"),
        "other.txt": None,
    }
    assert watched.files_in(watched.inbox) == ["wire/_source.yml"]


def test_an_invalid_source_file_holds_its_folder_until_it_is_corrected_and_the_status_reports_it(
    watched: WatchedInbox,
) -> None:
    watched.write("wire/_source.yml", "langauge: en\n")
    watched.write(FERRY)
    watched.write("other.txt")
    held = watched.rounds(2, 60)
    loop = Loop(watched.watcher, watched.claims, watched.store.presence, watched.clock, name="watcher@test:1")
    loop.turn(timedelta(seconds=1))
    beat = watched.store.presence.present()
    notices = find_notices(beat, now=watched.clock.now())
    watched.write("wire/_source.yml", "language: en\n")
    mended = watched.rounds(0)

    assert (held, mended) == ([0, 1, 0], [1, 0])
    assert (beat[0].details["blocked"], beat[0].details["backlog"]) == (1, 0)
    assert [(each.code, "line 1: there is no field 'langauge'" in each.message) for each in notices] == [
        ("files_held", True)
    ]
    assert [each.path for each in watched.deliveries()] == ["other.txt", FERRY]


def _failure(delivery: Delivery) -> dict[str, object]:
    known: dict[str, object] = delivery.model_dump(include={"path", "sha256", "size", "attempts"})
    logged = {
        "disposition": "quarantined",
        "reason": "parse_failed",
        "stage": "ingest",
        "message": "no",
        "advice": "none",
    }
    return known | logged | {"delivery_id": delivery.id}


def _outcome(report: Report) -> Outcome:
    return Outcome(disposition=report.disposition, reason=report.reason, message=report.message)


@pytest.mark.parametrize("name", ["wire/ferry.txt.META.JSON", "wire/FERRY.TXT.META.JSON", "wire/ferry.txt.Meta.Json"])
def test_a_sidecar_may_be_spelled_in_capitals(watched: WatchedInbox, name: str) -> None:
    watched.write(name, GOOD)
    watched.write(FERRY)

    watched.rounds(2, 60, 2)

    (delivery,) = watched.deliveries()
    assert (delivery.path, delivery.metadata) == (FERRY, Metadata(title="Ferry returns"))
    assert watched.files_in(watched.inbox) == []


def test_a_sidecar_in_capitals_without_its_file_is_no_article(watched: WatchedInbox) -> None:
    watched.write("wire/FERRY.TXT.META.JSON", GOOD)

    watched.rounds(2, 57, 1)

    assert [each.reason for each in watched.deliveries()] == [Reason.ORPHAN_SIDECAR]


@pytest.mark.parametrize(
    ("names", "why"),
    [
        ([META, "wire/ferry.txt.META.JSON"], "it has several sidecars"),
        ([META, "wire/FERRY.TXT.META.JSON"], "it has several sidecars"),
        (["wire/FERRY.TXT.META.JSON", "wire/Ferry.txt"], "may be its sidecar or that of another file"),
    ],
)
def test_a_file_whose_sidecar_is_unclear_stays_in_the_inbox_until_it_is_clear(
    watched: WatchedInbox, names: list[str], why: str
) -> None:
    for name in names:
        watched.write(name, GOOD)
    watched.write(FERRY)

    watched.rounds(2, 60, 60)
    held = watched.watcher.progress.held
    (watched.inbox / names[1]).unlink()
    watched.rounds(2)

    assert why in held[FERRY]
    (delivery,) = watched.deliveries()
    assert (delivery.path, delivery.metadata) == (FERRY, Metadata(title="Ferry returns"))


def test_each_file_of_names_that_differ_in_case_has_its_own_sidecar(watched: WatchedInbox) -> None:
    for file, title in {"wire/FERRY.TXT": "Wall", FERRY: "Ferry"}.items():
        watched.write(file, f"{title} holds.")
        watched.write(f"{file}.meta.json", json.dumps({"title": title}))

    watched.rounds(2)

    titles = {each.path: each.metadata.title for each in watched.deliveries() if each.metadata}
    assert titles == {"wire/FERRY.TXT": "Wall", FERRY: "Ferry"}


def test_a_second_spelling_that_arrives_after_the_scan_prevents_the_claim(watched: WatchedInbox) -> None:
    watched.write(META, GOOD)
    watched.write("wire/ferry.txt.META.JSON", GOOD)
    watched.write(FERRY)

    with pytest.raises(FileExistsError, match="it has several sidecars"):
        watched.claims.take(FERRY, DeliveryId("d1"), META)
    assert watched.files_in(watched.inbox) == [FERRY, "wire/ferry.txt.META.JSON", META]


def test_a_used_sidecar_in_capitals_that_a_crash_left_is_removed(watched: WatchedInbox) -> None:
    name = "wire/FERRY.TXT.META.JSON"
    sidecar = watched.write(name, GOOD)
    watched.write(FERRY)
    dead = RenameClaims(watched.inbox, "dead")
    claim = dead.take(FERRY, DeliveryId("d1"), name)
    assert claim
    assert claim.sidecar
    sidecar.write_text(GOOD)
    os.utime(sidecar, ns=(0, claim.sidecar.stat().st_mtime_ns))
    dead.close()

    assert watched.claims.take_over() == 1
    assert watched.files_in(watched.inbox / "wire") == []


def test_a_source_file_in_an_unusual_spelling_keeps_the_files_of_its_folder_waiting(watched: WatchedInbox) -> None:
    watched.write("wire/_sOURCE.YML", "status: withheld\n")
    watched.write(FERRY)

    watched.rounds(2, 60)
    held = dict(watched.watcher.progress.held)
    (watched.inbox / "wire/_sOURCE.YML").rename(watched.inbox / "wire/_SOURCE.YML")
    watched.rounds(2)

    assert held == {FERRY: "wire/_sOURCE.YML is not applied: rename it to _source.yml"}
    (delivery,) = watched.deliveries()
    assert delivery.folder_defaults == FolderDefaults(status=ArticleStatus.WITHHELD)


def test_markers_may_be_spelled_in_capitals(marked: WatchedInbox) -> None:
    for name in ("STORY.TXT", "STORY.TXT.META.JSON"):
        marked.write(f"wire/{name}", GOOD)
    before = marked.rounds(2)
    for name in ("STORY.TXT.DONE", "STORY.TXT.META.JSON.DONE"):
        marked.write(f"wire/{name}", "")
    after = marked.rounds(2)

    assert (before, sum(after)) == ([0, 0], 1)
    assert marked.deliveries()[0].metadata == Metadata(title="Ferry returns")
    assert marked.files_in(marked.inbox) == []
