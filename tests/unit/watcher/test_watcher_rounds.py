from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, BinaryIO

import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from copytaster.archive.journal import MemoryJournal
from copytaster.archive.originals import Archive, MemoryArchive
from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.errors import TransientError
from copytaster.intake.admission import AdmissionRules
from copytaster.intake.claim import Claim
from copytaster.intake.file_intake import Intake
from copytaster.intake.pauses import CHECK_INTERVAL, PauseOrder, PauseWatch, resume
from copytaster.intake.pauses import pause as begin_pause
from copytaster.intake.pressure import Gauges, Marks
from copytaster.intake.rename_claims import RenameClaims
from copytaster.intake.source_defaults import SourceDefaults
from copytaster.metrics import Step, WatcherMetrics
from copytaster.model.delivery import Delivery, DeliveryId, new_delivery_id
from copytaster.model.disposition import Reason
from copytaster.model.limits import Limits
from copytaster.model.metadata import FolderDefaults
from copytaster.model.outage import Resource
from copytaster.model.pause import PauseKind
from copytaster.model.tracing import ROOT, Span, trace_id
from copytaster.model.work import RecordingPublisher, Work
from copytaster.monitoring.heartbeat import INTERVAL
from copytaster.quarantine.folder import FolderQuarantine
from copytaster.store.ports.ledger import DeliveryQuery
from copytaster.store.ports.presence import Part
from copytaster.store.store import Store
from copytaster_watcher.areas import Area
from copytaster_watcher.backpressure import Backpressure
from copytaster_watcher.discovery.arrivals import Arrivals
from copytaster_watcher.discovery.scan import FolderScan
from copytaster_watcher.group_intake import GROUP, GROUP_BYTES
from copytaster_watcher.loop import Loop
from copytaster_watcher.readiness.completeness.patience import Waits
from copytaster_watcher.readiness.stability import StabilityTracker
from copytaster_watcher.watcher import Watcher, WatcherDependencies
from tests.factories import METADATA_READER, finished_files

MARKS = Marks(queue_limit=100, memory_limit=0.8, disk_free_bytes=0)
SETTLE = timedelta(seconds=2)
WAITS = Waits(settle=SETTLE, empty=timedelta(seconds=10), incomplete=timedelta(seconds=60))


@dataclass(slots=True)
class WatchedInbox:
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
        """Replace the watcher by one with other dependencies, as after a restart."""
        self.watcher = Watcher(replace(self.deps, **changed))  # type: ignore[arg-type]  # the test names the fields

    def drop(self, path: str, content: str = "story") -> None:
        """Write a file; the full stop at its end makes it complete."""
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
def watched(tmp_path: Path, clock: ManualClock) -> Iterator[WatchedInbox]:
    inbox, store, publisher = tmp_path / "inbox", memory_store(clock), RecordingPublisher()
    inbox.mkdir()
    claims = RenameClaims(inbox, "watcher")
    metrics = WatcherMetrics(CollectorRegistry())
    intake = Intake(
        ledger=store.ledger,
        archive=MemoryArchive(),
        journal=MemoryJournal(),
        quarantine=FolderQuarantine(tmp_path / "quarantine"),
        clock=clock,
        admission=AdmissionRules(Limits(file_bytes=1_000)),
        source_defaults=SourceDefaults(inbox, METADATA_READER),
        metadata_reader=METADATA_READER,
    )
    deps = WatcherDependencies(
        areas=[
            Area(
                FolderScan(inbox), StabilityTracker(SETTLE, Arrivals(clock)), finished_files(inbox, WAITS, clock), clock
            )
        ],
        claims=claims,
        intake=intake,
        publisher=publisher,
        backpressure=Backpressure(Gauges, MARKS, metrics, clock),
        metrics=metrics,
        clock=clock,
        monotonic_clock=clock,
        pauses=PauseWatch(store.pauses, clock),
        name="watcher@test:1",
    )
    yield WatchedInbox(inbox, clock, store, deps, publisher)
    claims.close()


def test_a_file_is_taken_once_it_has_been_quiet(watched: WatchedInbox) -> None:
    watched.drop("wire/story.txt")

    done = watched.rounds(1, 0.9, 0.1, 5)

    assert done == [0, 0, 0, 1, 0]
    assert watched.paths() == ["wire/story.txt"]
    assert watched.publisher.published == [(Work.INGEST, watched.deliveries()[0].id)]
    assert list((watched.inbox / "wire").iterdir()) == []
    assert (watched.watcher.progress.taken, watched.watcher.progress.waiting) == (1, 0)


def test_a_live_file_is_measured_from_its_last_change_and_traced_as_the_root_of_its_delivery(
    watched: WatchedInbox,
) -> None:
    spans, before = list[Span](), watched.clock.now()
    watched.use(tracing=SimpleNamespace(record=spans.append))
    watched.drop("wire/story.txt")
    # The clock of the test is behind that of the filesystem; it goes on from there.
    changed_at = datetime.fromtimestamp((watched.inbox / "wire/story.txt").stat().st_ctime, UTC)
    watched.clock.advance(seconds=(changed_at - before).total_seconds())

    with capture_logs() as lines:
        watched.rounds(0, 5)

    (delivery,), (span,) = watched.deliveries(), spans
    (line,) = (each for each in lines if each["event"] == "file.taken")
    waited = watched.deps.metrics.latency.labels(Step.REGISTERED.value)._sum.get()
    assert (span.name, span.delivery_id, line["trace_id"]) == (ROOT, delivery.id, trace_id(delivery.id))
    assert abs(waited - 5) < 0.1
    assert abs((span.ended_at - span.began_at).total_seconds() - 5) < 0.1


def test_a_file_that_grows_is_left_until_it_stops(watched: WatchedInbox) -> None:
    done = list[int]()
    for size in range(1, 6):
        watched.drop("story.txt", "x" * size)
        done += watched.rounds(1.5)
    done += watched.rounds(2)

    assert done[:-1] == [0] * 11
    assert done[-1] == 1
    assert watched.deliveries()[0].size == 6


def test_a_file_rewritten_with_the_same_size_and_time_counts_as_changed(watched: WatchedInbox) -> None:
    watched.drop("story.txt", "one")
    before = (watched.inbox / "story.txt").stat()
    watched.rounds(1)
    watched.drop(".new", "two")
    os.utime(watched.inbox / ".new", ns=(before.st_atime_ns, before.st_mtime_ns))
    (watched.inbox / ".new").rename(watched.inbox / "story.txt")

    assert watched.rounds(1.5, 0.5) == [0, 0, 1]


def test_a_file_that_vanishes_is_forgotten(watched: WatchedInbox) -> None:
    watched.drop("story.txt")
    watched.rounds(1)
    (watched.inbox / "story.txt").unlink()

    assert watched.rounds(5) == [0, 0]
    assert (watched.deliveries(), watched.watcher.progress.waiting) == ([], 0)


def test_an_empty_file_is_given_time_to_be_filled(watched: WatchedInbox) -> None:
    watched.drop("late.txt", "")
    watched.drop("never.txt", "")
    early = watched.rounds(9)
    watched.drop("late.txt", "here I am")
    late = watched.rounds(1, 2)

    by_path = {each.path: each for each in watched.deliveries()}
    assert (early, late) == ([0, 0], [0, 1, 1])
    assert by_path["never.txt"].reason is Reason.EMPTY
    assert by_path["late.txt"].sha256
    assert (watched.watcher.progress.taken, watched.watcher.progress.refused) == (1, 1)


def test_temporary_files_and_sidecars_are_never_taken(watched: WatchedInbox) -> None:
    names = [".hidden", "a.tmp", "a.part", "a.crdownload", "a.filepart", "a~", "a.html.meta.json", "_source.yml"]
    for name in [*names, ".deep/story.txt", "deep/.deep/story.txt"]:
        watched.drop(name, "source: desk")
    watched.drop("deep/a.tmp.txt")

    watched.rounds(50)

    assert watched.paths() == ["deep/a.tmp.txt"]
    assert all((watched.inbox / name).exists() for name in names)


def test_a_burst_is_published_in_batches(watched: WatchedInbox) -> None:
    for number in range(7):
        watched.drop(f"wire/{number}.txt", f"story {number}")

    assert watched.rounds(2) == [0, 7]
    assert len(watched.publisher.published) == 7
    assert len({each for _, each in watched.publisher.published}) == 7


@dataclass(slots=True)
class FlakyArchive:
    """An archive that fails for files that contain MARK, and for all files while ``away``."""

    real: Archive = field(default_factory=MemoryArchive)
    away: bool = False
    resource: Resource = Resource.ARCHIVE

    def put(self, file: BinaryIO) -> str:
        """Store the bytes, or fail."""
        return self.put_many([file])[0]

    def put_many(self, files: Sequence[BinaryIO]) -> list[str]:
        """Store the bytes, or fail."""
        if self.away or any(b"MARK" in each.read() for each in files):
            raise TransientError("the archive cannot be written", resource=self.resource)
        for each in files:
            each.seek(0)
        return self.real.put_many(files)

    def get(self, sha256: str) -> bytes:
        """Return the bytes."""
        return self.real.get(sha256)

    def open(self, sha256: str) -> AbstractContextManager[BinaryIO]:
        return self.real.open(sha256)


def test_an_archive_that_is_away_interrupts_the_round_and_the_next_one_continues(watched: WatchedInbox) -> None:
    archive = FlakyArchive(away=True)
    watched.use(intake=replace(watched.deps.intake, archive=archive))
    names = sorted(f"{number}.txt" for number in range(3 * GROUP))
    for name in names:
        watched.drop(name, f"story {name}")

    interrupted = watched.rounds(2, 1)
    why, claimed = watched.watcher.progress.interrupted, len(list(watched.deps.claims.pending()))
    archive.away = False
    after = watched.rounds()

    assert (interrupted, after) == ([0, 0, 0], [len(names)])
    assert why == "the archive cannot be written"
    assert claimed == 2 * GROUP, "a few are tried a round; the others stay in the inbox"
    assert watched.watcher.progress.interrupted is None
    assert watched.paths() == names


def test_a_file_that_cannot_be_taken_in_does_not_delay_other_files(watched: WatchedInbox) -> None:
    watched.use(intake=replace(watched.deps.intake, archive=FlakyArchive()))
    for number in range(2):
        watched.drop(f"bad{number}.txt", f"MARK {number}")
        watched.rounds(2)
    for number in range(3):
        watched.drop(f"good{number}.txt", f"story {number}")

    watched.rounds(2, 1)

    assert watched.paths() == ["good0.txt", "good1.txt", "good2.txt"]
    assert len(list(watched.deps.claims.pending())) == 2
    assert watched.watcher.progress.interrupted


def test_claimed_files_are_taken_in_after_a_restart(watched: WatchedInbox) -> None:
    watched.use(intake=replace(watched.deps.intake, archive=FlakyArchive(away=True)))
    watched.drop("wire/story.txt")
    watched.rounds(2)

    watched.use()

    assert watched.rounds() == [1]
    assert watched.paths() == ["wire/story.txt"]


class AwayPublisher:
    """A broker that does not answer."""

    def publish(self, work: Work, ids: Sequence[str], *, of: object = None) -> None:  # noqa: ARG002  # as in the port
        """Fail."""
        raise TransientError(f"no {work} of {ids}")


def test_a_broker_that_is_away_does_not_delay_files(watched: WatchedInbox) -> None:
    watched.use(publisher=AwayPublisher())
    watched.drop("story.txt")

    assert watched.rounds(2) == [0, 1]
    assert watched.store.ledger.waiting(Work.INGEST) == 1
    assert watched.watcher.progress.interrupted is None


class BlockedClaims(RenameClaims):
    """Claims that fail in one folder; permissions are not used, since root, which may run the tests, has all."""

    def take(self, path: str, delivery_id: DeliveryId, sidecar: str | None = None) -> Claim | None:
        """Refuse files in the folder `locked`."""
        if path.startswith("locked/"):
            raise PermissionError(13, "Permission denied")
        return super().take(path, delivery_id, sidecar)


def test_a_folder_without_write_permission_blocks_only_its_own_files_and_the_status_says_why(
    watched: WatchedInbox,
) -> None:
    claims = BlockedClaims(watched.inbox, "other")
    watched.use(claims=claims)
    watched.drop("locked/story.txt")
    watched.drop("wire/story.txt")

    done = watched.rounds(2, 1)
    blocked = dict(watched.watcher.progress.blocked)
    Loop(watched.watcher, claims, watched.store.presence, watched.clock, name="watcher@test:1").turn(
        timedelta(seconds=1)
    )
    obstacle = watched.store.presence.present()[0].details["obstacle"]
    (watched.inbox / "locked" / "story.txt").unlink()
    watched.rounds()
    claims.close()

    assert done == [0, 1, 0]
    assert blocked.keys() == {"locked/story.txt"}
    assert "Permission denied" in blocked["locked/story.txt"]
    assert "write permission" in blocked["locked/story.txt"]
    assert str(obstacle).startswith("locked/story.txt: it cannot be claimed: Permission denied")
    assert watched.watcher.progress.blocked == {}


class FullClaims(RenameClaims):
    """Claims in a process that can open no file while ``full`` is set."""

    full = True

    def pending(self) -> Iterator[Claim]:
        """Fail as a listing does."""
        self._open_folder()
        return super().pending()

    def take_over(self) -> int:
        """Fail as a listing does."""
        self._open_folder()
        return super().take_over()

    def _open_folder(self) -> None:
        if self.full:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))


def test_a_watcher_that_can_open_no_file_continues_and_states_the_cause_and_the_cure(
    watched: WatchedInbox,
) -> None:
    claims = FullClaims(watched.inbox, "full")
    watched.use(claims=claims)
    watched.drop("story.txt")
    watched.rounds(2)
    loop = Loop(watched.watcher, claims, watched.store.presence, watched.clock, name="watcher@test:1")

    with capture_logs() as logs:
        loop.turn(timedelta(seconds=1))
    (full,) = watched.store.presence.present()
    claims.full = False
    watched.clock.advance(seconds=INTERVAL.total_seconds())
    loop.turn(timedelta(seconds=1))
    (free,) = watched.store.presence.present()
    claims.close()

    assert "too many open files; raise its limit" in str(full.details["interrupted"])
    (line,) = (each for each in logs if each["event"] == "claims.not_taken_over")
    assert "too many open files; raise its limit" in line["why"]
    assert (free.details["interrupted"], free.details["taken"]) == (None, 1)


def test_the_next_round_starts_when_the_next_file_may_be_stable(watched: WatchedInbox) -> None:
    longest = timedelta(seconds=60)
    idle = watched.watcher.next_round_in(longest)
    watched.drop("story.txt")
    watched.rounds(0.5)

    assert idle == longest
    assert watched.watcher.next_round_in(longest) == timedelta(seconds=1.5)
    assert watched.watcher.next_round_in(timedelta(seconds=1)) == timedelta(seconds=1)


def test_the_loop_sends_heartbeats_with_progress_and_takes_over_the_claims_of_dead_watchers(
    watched: WatchedInbox,
) -> None:
    watched.drop("left/story.txt")
    dead = RenameClaims(watched.inbox, "dead")
    dead.take("left/story.txt", DeliveryId("dleft"))
    dead.close()
    loop = Loop(watched.watcher, watched.deps.claims, watched.store.presence, watched.clock, name="watcher@test:1")

    pause = loop.turn(timedelta(seconds=1))
    first = watched.store.presence.present()
    watched.clock.advance(seconds=INTERVAL.total_seconds())
    loop.turn(timedelta(seconds=1))
    second = watched.store.presence.present()
    loop.leave()

    assert pause == timedelta(seconds=1)
    assert watched.paths() == ["left/story.txt"]
    assert [each.part for each in first] == [Part.WATCHER]
    assert first[0].progress_at == first[0].beat_at
    assert first[0].details["taken"] == 1
    assert second[0].beat_at - first[0].beat_at == INTERVAL
    assert second[0].progress_at == first[0].progress_at
    assert watched.store.presence.present() == []


def test_the_loop_rests_longer_with_each_round_of_an_outage_and_not_after_it(watched: WatchedInbox) -> None:
    archive = FlakyArchive(away=True)
    watched.use(intake=replace(watched.deps.intake, archive=archive))
    loop = Loop(watched.watcher, watched.deps.claims, watched.store.presence, watched.clock, name="watcher@test:1")
    watched.drop("story.txt")
    loop.turn(timedelta(seconds=1))
    watched.clock.advance(seconds=2)

    pauses = [(loop.turn(timedelta(seconds=1)).total_seconds(), loop.rests) for _ in range(7)]
    archive.away = False
    afterwards = (loop.turn(timedelta(seconds=1)).total_seconds(), loop.rests)

    assert pauses == [(seconds, True) for seconds in (0.5, 1.0, 2.0, 4.0, 5.0, 5.0, 5.0)]
    assert afterwards == (1.0, False)
    assert watched.paths() == ["story.txt"]


@pytest.mark.parametrize(
    ("resource", "rounds"),
    [pytest.param(Resource.WORKER, 1, id="a fault of the file"), pytest.param(Resource.ARCHIVE, 3, id="an outage")],
)
def test_files_that_are_taken_in_together_do_not_wait_for_the_one_that_fails(
    watched: WatchedInbox, resource: Resource, rounds: int
) -> None:
    watched.use(intake=replace(watched.deps.intake, archive=FlakyArchive(resource=resource)))
    watched.drop("bad.txt", "MARK")
    for number in range(GROUP - 1):
        watched.drop(f"good{number}.txt", f"story {number}")

    done = watched.rounds(*[2] * rounds)

    assert sum(done) == GROUP - 1
    assert [claim.path for claim in watched.deps.claims.pending()] == ["bad.txt"]


def test_a_group_is_limited_in_bytes(watched: WatchedInbox) -> None:
    sizes = list[int]()

    class SizedArchive(MemoryArchive):
        def put_many(self, files: Sequence[BinaryIO]) -> list[str]:
            sizes.append(len(files))
            return super().put_many(files)

    large = GROUP_BYTES // 3 + 1
    admission = AdmissionRules(Limits(file_bytes=large))
    watched.use(intake=replace(watched.deps.intake, archive=SizedArchive(), admission=admission))
    for number in range(7):
        watched.drop(f"{number}.txt", "x" * (large - 1))

    watched.rounds(2)

    assert sizes == [3, 3, 1]


def pause_now(watched: WatchedInbox, kind: PauseKind, name: str | None = None, **fields: Any) -> None:
    """Pause something, and let the time pass after which the watcher knows it."""
    begin_pause(PauseOrder(kind=kind, name=name, **fields), watched.store.pauses, now=watched.clock.now())
    watched.clock.advance(seconds=CHECK_INTERVAL.total_seconds())


def test_a_paused_intake_leaves_files_in_the_inbox_until_the_pause_ends_by_itself(watched: WatchedInbox) -> None:
    watched.drop("wire/story.txt")
    watched.rounds()
    pause_now(watched, PauseKind.INTAKE, until=watched.clock.now() + timedelta(seconds=20))

    during = watched.rounds(3, 3, 3)
    left = (watched.inbox / "wire/story.txt").exists()
    after = watched.rounds(10, 3)

    assert (sum(during), left, sum(after)) == (0, True, 1)
    assert watched.paths() == ["wire/story.txt"]


def test_a_paused_source_waits_while_the_others_are_taken(watched: WatchedInbox) -> None:
    watched.drop("kestrel/one.txt")
    watched.drop("merlin/two.txt")
    watched.rounds()
    pause_now(watched, PauseKind.SOURCE, "The Kestrel")

    watched.rounds(3, 3)
    during = watched.paths()
    resume(PauseKind.SOURCE, "kestrel", watched.store.pauses, by="Anna")
    watched.rounds(3, 3)

    assert during == ["merlin/two.txt"]
    assert watched.paths() == ["kestrel/one.txt", "merlin/two.txt"]


def test_the_many_files_of_a_paused_source_take_no_time_from_the_others(watched: WatchedInbox) -> None:
    class SlowDefaults(SourceDefaults):
        """Takes as long for each file as the files of a large archive take together."""

        def about(self, path: str) -> FolderDefaults | None:
            watched.clock.advance(seconds=0.1)
            return super().about(path)

    intake = replace(watched.deps.intake, source_defaults=SlowDefaults(watched.inbox, METADATA_READER))
    watched.use(intake=intake)
    sources = {"alpha", "merlin", "zulu"}
    for source in sources:
        for number in range(30):
            watched.drop(f"{source}/{number}.txt")
    watched.watcher.round()
    last = [*watched.deps.areas[0].files][-1].partition("/")[0]
    for source in sources - {last}:
        pause_now(watched, PauseKind.SOURCE, source)

    watched.rounds()

    assert {path.partition("/")[0] for path in watched.paths()} == {last}


def test_the_files_of_a_paused_source_are_no_backlog(watched: WatchedInbox) -> None:
    watched.drop("kestrel/one.txt")
    watched.rounds()
    pause_now(watched, PauseKind.SOURCE, "kestrel")

    watched.rounds(3)

    progress = watched.watcher.progress
    assert (progress.backlog, progress.waiting, progress.behind_since) == (0, 0, None)


def test_a_source_is_paused_by_the_name_that_its_folder_declares(watched: WatchedInbox) -> None:
    watched.drop("feed-7/one.txt")
    (watched.inbox / "feed-7/_source.yml").write_text("source: Kestrel\n")
    watched.rounds()
    pause_now(watched, PauseKind.SOURCE, "kestrel")

    assert sum(watched.rounds(3, 3)) == 0


def test_what_was_claimed_before_a_pause_is_taken_in(watched: WatchedInbox) -> None:
    watched.drop("wire/claimed.txt")
    watched.deps.claims.take("wire/claimed.txt", new_delivery_id(watched.clock.now()))
    pause_now(watched, PauseKind.INTAKE)

    watched.rounds(3)

    assert watched.paths() == ["wire/claimed.txt"]
