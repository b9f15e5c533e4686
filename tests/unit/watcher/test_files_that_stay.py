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
from copytaster.intake.kept_files import ClaimsBesideKeptFiles
from copytaster.intake.lease_claims import LEASE, REFRESH_UNTAKEN, LeaseClaims
from copytaster.intake.pauses import PauseWatch
from copytaster.intake.pressure import Gauges, Marks
from copytaster.intake.rename_claims import RenameClaims
from copytaster.intake.source_defaults import SourceDefaults
from copytaster.metrics import WatcherMetrics
from copytaster.model.delivery import Delivery, DeliveryId
from copytaster.model.disposition import Reason
from copytaster.model.file_state import FileState
from copytaster.model.limits import Limits
from copytaster.model.work import RecordingPublisher
from copytaster.quarantine.folder import FolderQuarantine
from copytaster.recovery.retry import retry
from copytaster.store.memory.pauses import MemoryPauses
from copytaster.store.ports.file_leases import MARK_LIFETIME, FileLeases, LeaseStatus
from copytaster.store.ports.ledger import DeliveryQuery
from copytaster.store.store import Store
from copytaster_watcher.areas import Area
from copytaster_watcher.backpressure import Backpressure
from copytaster_watcher.discovery.arrivals import Arrivals
from copytaster_watcher.discovery.scan import FolderScan
from copytaster_watcher.readiness.completeness.judging import DirectJudge
from copytaster_watcher.readiness.completeness.patience import Patience, Waits
from copytaster_watcher.readiness.finished import FinishedFiles
from copytaster_watcher.readiness.pairing import Pairing, PairingWaits
from copytaster_watcher.readiness.stability import StabilityTracker
from copytaster_watcher.readiness.writers import Writers
from copytaster_watcher.watcher import Watcher, WatcherDependencies
from tests.factories import METADATA_READER

MARKS = Marks(queue_limit=10_000, memory_limit=0.8, disk_free_bytes=0)
SETTLE = timedelta(seconds=2)
WAITS = Waits(settle=SETTLE, empty=timedelta(seconds=10), incomplete=timedelta(seconds=60))
PAUSE = 60.0
"""Longer than the wait for a writer that has paused and continued."""

PAIRS = PairingWaits(settle=SETTLE, sidecar=timedelta(0), orphan=timedelta(seconds=60))


@dataclass(slots=True)
class CountingLeases:
    """Leases that record for how many files each request asks."""

    real: FileLeases
    requests: list[int] = field(default_factory=list)

    def statuses(self, states: Sequence[FileState]) -> list[LeaseStatus]:
        self.requests.append(len(states))
        return self.real.statuses(states)

    def __getattr__(self, name: str) -> object:
        return getattr(self.real, name)


@dataclass(slots=True)
class WatchedInbox:
    """An inbox whose files stay, one store, and any number of watchers."""

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
        metrics = WatcherMetrics(CollectorRegistry())
        patience = Patience(self.inbox, WAITS, DirectJudge(), max_file_bytes=1_000)
        arrivals = Arrivals(self.clock)
        pairing = Pairing(self.inbox, PAIRS, patience, self.clock, arrivals)
        deps = WatcherDependencies(
            areas=[
                Area(
                    FolderScan(self.inbox),
                    StabilityTracker(SETTLE, arrivals),
                    FinishedFiles(
                        patience,
                        pairing,
                        SourceDefaults(self.inbox, METADATA_READER),
                        Writers(self.inbox, WAITS, arrivals),
                    ),
                    self.clock,
                )
            ],
            claims=claims,
            intake=self.intake,
            publisher=self.publisher,
            backpressure=Backpressure(Gauges, MARKS, metrics, self.clock),
            metrics=metrics,
            monotonic_clock=self.clock,
            clock=self.clock,
            pauses=PauseWatch(MemoryPauses(self.clock), self.clock),
            name=f"watcher@test:{name}",
        )
        return Watcher(replace(deps, **changed))  # type: ignore[arg-type]  # the test names the fields

    def moving_claims(self) -> CombinedClaims:
        """Return the claims of a watcher that moves files out of the inbox."""
        renames = RenameClaims(self.inbox, f"mover-{len(self.opened)}")
        claims = CombinedClaims(ClaimsBesideKeptFiles(renames, self.store.files, self.clock))
        self.opened.append(claims)
        return claims

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
def watched(tmp_path: Path, clock: ManualClock) -> Iterator[WatchedInbox]:
    (tmp_path / "inbox").mkdir()
    store = memory_store(clock)
    store.files.open(store.epoch.read().run)
    intake = Intake(
        ledger=store.ledger,
        archive=MemoryArchive(),
        journal=MemoryJournal(),
        quarantine=FolderQuarantine(tmp_path / "quarantine"),
        clock=clock,
        admission=AdmissionRules(Limits(file_bytes=1_000)),
        source_defaults=SourceDefaults(tmp_path / "inbox", METADATA_READER),
        metadata_reader=METADATA_READER,
    )
    watched = WatchedInbox(tmp_path, clock, store, CountingLeases(store.files), intake)
    yield watched
    for each in watched.opened:
        each.close()


def test_a_file_is_taken_once_and_stays_where_it_is(watched: WatchedInbox) -> None:
    file = watched.drop("wire/story.txt")
    watcher = watched.watcher()

    done = watched.rounds(watcher, 2, 5, 3600, 86_400)

    assert done == [0, 1, 0, 0, 0]
    assert file.read_text() == "story."
    assert (watched.paths(), watcher.progress.backlog) == (["wire/story.txt"], 0)
    assert list(watched.inbox.iterdir()) == [watched.inbox / "wire"]


def test_neither_a_restart_nor_another_watcher_takes_it_again(watched: WatchedInbox) -> None:
    watched.drop("story.txt")
    watched.rounds(watched.watcher(), 2)

    done = [watched.rounds(watched.watcher(name), 2, 10) for name in ("one", "other")]

    assert done == [[0, 0, 0], [0, 0, 0]]
    assert len(watched.deliveries()) == 1


def test_a_file_that_changes_is_a_new_delivery(watched: WatchedInbox) -> None:
    file, watcher = watched.drop("story.txt"), watched.watcher()
    watched.rounds(watcher, 2)
    file.write_text("story, continued.")
    longer = watched.rounds(watcher, 2, PAUSE)
    os.utime(file, ns=(1, 1))
    touched = watched.rounds(watcher, 2, PAUSE)

    assert (sum(longer), sum(touched)) == (1, 1)
    assert [each.size for each in watched.deliveries()] == [6, 17, 17]


def test_a_new_name_or_other_permissions_bring_no_new_delivery(watched: WatchedInbox) -> None:
    file, watcher = watched.drop("story.txt"), watched.watcher()
    watched.rounds(watcher, 2)
    file.chmod(0o600)
    file.rename(watched.inbox / "renamed.txt")

    assert watched.rounds(watcher, 2, 5) == [0, 0, 0]


def test_files_that_are_known_cost_the_server_nothing(watched: WatchedInbox) -> None:
    for number in range(50):
        watched.drop(f"{number}.txt", f"story {number}.")
    watched.rounds(watched.watcher(), 2)
    watcher = watched.watcher("other")
    watched.leases.requests.clear()

    watched.rounds(watcher, *[1] * 100)

    assert watched.leases.requests == [50]
    watched.drop("new.txt")
    watched.rounds(watcher, 2, 1)
    assert watched.leases.requests == [50, 1]


def test_marks_are_refreshed_while_the_file_is_seen(watched: WatchedInbox) -> None:
    watched.drop("story.txt")
    watcher = watched.watcher()
    watched.rounds(watcher, 2, *[3 * 86_400] * 30)

    assert watched.rounds(watched.watcher("other"), 2) == [0, 0]
    assert len(watched.deliveries()) == 1


class FlakyArchive(MemoryArchive):
    """An archive that a test can switch off."""

    def __init__(self, *, away: bool = False) -> None:
        super().__init__()
        self.away = away

    def put(self, file: BinaryIO) -> str:
        if self.away:
            raise TransientError("the archive is away")
        return super().put(file)


def test_a_dead_watchers_file_is_taken_over_with_its_delivery(watched: WatchedInbox) -> None:
    watched.drop("story.txt")
    dying = watched.watcher(intake=replace(watched.intake, archive=FlakyArchive(away=True)))
    watched.rounds(dying, 2)
    planned = [each.delivery_id for each in watched.opened[0].pending()]
    other = watched.watcher("other")

    early = watched.rounds(other, 2, REFRESH_UNTAKEN.total_seconds())
    watched.clock.advance(seconds=LEASE.total_seconds())
    late = watched.rounds(other, 2)

    assert (early, late) == ([0, 0, 0], [0, 1])
    assert [each.id for each in watched.deliveries()] == planned


def test_an_interrupted_file_is_finished_by_its_own_watcher(watched: WatchedInbox) -> None:
    watched.drop("story.txt")
    archive = FlakyArchive(away=True)
    watcher = watched.watcher(intake=replace(watched.intake, archive=archive))
    away = watched.rounds(watcher, 2, 60, 60)
    archive.away = False

    assert (away, watched.rounds(watcher, 1)) == ([0, 0, 0, 0], [1, 0])
    assert len(watched.deliveries()) == 1
    assert watcher.progress.interrupted is None


def test_a_file_that_changes_while_it_is_claimed_is_taken_with_its_new_content(watched: WatchedInbox) -> None:
    file, archive = watched.drop("story.txt"), FlakyArchive(away=True)
    watcher = watched.watcher(intake=replace(watched.intake, archive=archive))
    watched.rounds(watcher, 2)
    archive.away = False
    file.write_text("story, continued.")

    watched.rounds(watcher, 2, PAUSE)

    assert [each.size for each in watched.deliveries()] == [17]
    assert list(watched.opened[0].pending()) == []


def test_a_refused_file_is_copied_to_quarantine(watched: WatchedInbox) -> None:
    file = watched.drop("wire/huge.txt", "x" * 1_001)
    (watched.inbox / "link").symlink_to(file)
    os.mkfifo(watched.inbox / "pipe")
    watcher = watched.watcher()

    watched.rounds(watcher, 2, 10)

    quarantined = watched.folder / "quarantine"
    assert watcher.progress.refused == 3
    assert (quarantined / "wire" / "huge.txt").read_text() == file.read_text()
    assert (quarantined / "link").is_symlink()
    assert not (quarantined / "pipe").exists()
    assert (quarantined / "pipe.error.json").exists()
    assert sorted(each.name for each in watched.inbox.iterdir()) == ["link", "pipe", "wire"]


def test_an_incomplete_file_is_given_up_and_its_copy_removed_when_its_writer_continues(watched: WatchedInbox) -> None:
    file, watcher = watched.drop("story.json", '{"title": "Ferry"'), watched.watcher()
    given_up = watched.rounds(watcher, 2, 60)
    (refused,) = watched.deliveries()
    copy = watched.folder / "quarantine" / "story.json"
    was_kept = copy.exists()
    file.write_text('{"title": "Ferry"}')

    done = watched.rounds(watcher, 2)

    first, second = watched.deliveries()
    assert (given_up, done, was_kept) == ([0, 0, 1], [0, 1], True)
    assert refused.reason is Reason.INCOMPLETE
    assert (second.retry_of, first.retried_as) == (first.id, second.id)
    assert list(copy.parent.iterdir()) == []


def test_a_retry_is_staged_elsewhere_and_finished_by_a_watcher_when_its_process_dies(watched: WatchedInbox) -> None:
    watched.drop("late.txt", "x" * 1_001)
    watched.rounds(watched.watcher(), 2)
    (failed,) = watched.deliveries()
    able = replace(watched.intake, admission=AdmissionRules(Limits(file_bytes=5_000)))
    claims = RenameClaims(watched.folder / "staging", "cli")
    dying = replace(able, archive=FlakyArchive(away=True))
    with pytest.raises(TransientError):
        retry(failed.id, deposit=Deposit(intake=dying, claims=claims, publisher=watched.publisher), by="cli")
    claims.close()
    watcher = watched.watcher("other", intake=able)

    taken_over = watched.opened[-1].take_over()

    assert (taken_over, watched.rounds(watcher, 2)) == (1, [1, 0])
    assert {each.retry_of for each in watched.deliveries()} == {None, failed.id}


def test_nothing_is_taken_while_marks_may_be_missing(watched: WatchedInbox) -> None:
    watched.drop("story.txt")
    watched.store.files.open("a run before the server was started again")
    watcher = watched.watcher()
    shut = watched.rounds(watcher, 2, 10, 10)
    watched.store.files.open(watched.store.epoch.read().run)

    assert shut == [0, 0, 0, 0]
    assert sum(watched.rounds(watcher, 3, 3)) == 1
    assert watched.paths() == ["story.txt"]


def test_a_sidecar_without_its_file_is_refused_once(watched: WatchedInbox) -> None:
    watched.drop("story.txt.meta.json", "{}")
    watcher = watched.watcher()

    done = watched.rounds(watcher, 2, 61, 5, 5)

    assert sum(done) == 1
    assert [each.reason for each in watched.deliveries()] == [Reason.ORPHAN_SIDECAR]
    assert sum(watched.rounds(watched.watcher("other"), 2, 61, 5)) == 0


def test_a_file_and_its_sidecar_stay_together(watched: WatchedInbox) -> None:
    watched.drop("story.txt.meta.json", '{"title": "Ferry"}')
    watched.drop("story.txt")
    watcher = watched.watcher()

    done = watched.rounds(watcher, 2, 3, 61, 5)

    assert sum(done) == 1
    assert [each.sidecar is not None for each in watched.deliveries()] == [True]
    assert sorted(each.name for each in watched.inbox.iterdir()) == ["story.txt", "story.txt.meta.json"]


@pytest.mark.parametrize(
    ("later", "reason", "title"), [(None, Reason.BAD_SIDECAR, None), ('{"title": "Embargo"}', None, "Embargo")]
)
def test_a_file_whose_sidecar_is_removed_or_replaced_while_it_waits_for_the_archive_is_taken_once(
    watched: WatchedInbox, later: str | None, reason: Reason | None, title: str | None
) -> None:
    sidecar = watched.drop("story.txt.meta.json", '{"title": "Ferry"}')
    watched.drop("story.txt")
    archive = FlakyArchive(away=True)
    watcher = watched.watcher(intake=replace(watched.intake, archive=archive))
    away = watched.rounds(watcher, 2, 60)
    sidecar.unlink()
    if later:
        watched.drop("story.txt.meta.json", later)
    archive.away = False

    taken = watched.rounds(watcher, 2, 2)

    (delivery,) = watched.deliveries()
    assert (sum(away), sum(taken), watcher.progress.interrupted) == (0, 1, None)
    assert (delivery.reason, delivery.metadata and delivery.metadata.title) == (reason, title)


def test_a_sidecar_that_arrives_while_its_file_waits_for_the_archive_counts(watched: WatchedInbox) -> None:
    watched.drop("story.txt")
    archive = FlakyArchive(away=True)
    watcher = watched.watcher(intake=replace(watched.intake, archive=archive))
    watched.rounds(watcher, 2)
    watched.drop("story.txt.meta.json", '{"embargoed_until": "2030-01-01T00:00:00Z"}')
    archive.away = False

    watched.rounds(watcher, 2)

    (delivery,) = watched.deliveries()
    assert delivery.metadata
    assert delivery.metadata.embargoed_until


def ids(deliveries: Sequence[Delivery]) -> set[DeliveryId]:
    return {each.id for each in deliveries}


def test_two_watchers_share_a_burst_and_take_nothing_twice(watched: WatchedInbox) -> None:
    for number in range(300):
        watched.drop(f"wire/{number}.txt", f"story {number}.")
    watchers = [watched.watcher("one"), watched.watcher("other")]
    for each in watchers:
        each.round()
    watched.clock.advance(seconds=2)

    done = [each.round() for each in watchers]

    assert sum(done) == 300
    assert len(ids(watched.deliveries())) == len(set(watched.paths())) == 300


def test_files_that_were_taken_while_they_stayed_are_left_where_they_are_when_files_are_moved(
    watched: WatchedInbox,
) -> None:
    kept = [watched.drop("wire/story.txt"), watched.drop("wire/other.txt", "other.")]
    sidecar = watched.drop("wire/other.txt.meta.json", "{}")
    watched.rounds(watched.watcher(), 3, 3)
    before = watched.paths()

    moving = watched.watcher("two", claims=watched.moving_claims())
    new = watched.drop("wire/new.txt", "new.")
    changed = watched.drop("wire/changed.txt", "changed.")
    watched.rounds(moving, 3, 3, 3, PAUSE, 3)

    assert before == ["wire/other.txt", "wire/story.txt"]
    assert watched.paths() == ["wire/changed.txt", "wire/new.txt", *before]
    assert [each.exists() for each in (*kept, sidecar, new, changed)] == [True, True, True, False, False]


def test_a_file_that_stayed_and_is_changed_is_moved_as_a_new_delivery(watched: WatchedInbox) -> None:
    file = watched.drop("wire/story.txt")
    watched.rounds(watched.watcher(), 3, 3)
    moving = watched.watcher("two", claims=watched.moving_claims())
    watched.rounds(moving, 3)
    before = len(watched.deliveries())

    file.write_text("another story.")
    watched.rounds(moving, 3, 3)

    assert (before, len(watched.deliveries()), file.exists()) == (1, 2, False)


def test_marks_of_files_that_stayed_are_kept_while_they_are_there(watched: WatchedInbox) -> None:
    file = watched.drop("wire/story.txt")
    watched.rounds(watched.watcher(), 3, 3)
    moving = watched.watcher("two", claims=watched.moving_claims())

    for _ in range(3):
        watched.rounds(moving, 3, 3)
        watched.clock.advance(seconds=MARK_LIFETIME.total_seconds() * 0.9)
    watched.rounds(moving, 3, 3)

    assert (len(watched.deliveries()), file.exists()) == (1, True)
    assert watched.store.files.has_marks()
