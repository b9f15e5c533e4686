"""The retention of originals and journal, beside a store in memory."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import fsspec
import pytest
from prometheus_client import CollectorRegistry

from copytaster.archive.check import ArchiveCheck
from copytaster.archive.check_position import MemoryCheckPositions
from copytaster.archive.damage import MemoryDamages
from copytaster.archive.decisions import MemoryDecisions
from copytaster.archive.expired_days import ExpiredDay, MemoryExpiredDays
from copytaster.archive.journal import FilesystemJournal, journal_entry
from copytaster.archive.originals import MemoryArchive
from copytaster.articles.archive_retention import (
    FREE_MARGIN,
    LEAST_AGE,
    ArchiveRetention,
    ArchiveRetentionDependencies,
    ArchiveRules,
)
from copytaster.articles.pins import PinRequest, Pins
from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.errors import TransientError
from copytaster.metrics import WatcherMetrics
from copytaster.model.delivery import Delivery, Outcome, new_delivery_id
from copytaster.model.disposition import Disposition
from copytaster.model.events import EventKind
from copytaster.model.outage import Resource
from copytaster.model.retention_settings import MOST_DAYS
from copytaster.monitoring.retention_state import read_retention_state
from copytaster.store.store import Store
from copytaster.system.disk import DiskUse
from tests.factories import a_delivery, an_article, complete_data_of

DAY = 86_400
STORED = Outcome(disposition=Disposition.STORED)
RULES = ArchiveRules(age=timedelta(days=90), disk_share=0.95, least_free=100)


def do_nothing(_: object) -> None:
    """Ignore what a check reports."""


@dataclass(slots=True)
class Scene:
    """An archive whose deliveries the server has forgotten already, unless a test stores them."""

    clock: ManualClock
    bucket: str
    store: Store
    archive: MemoryArchive = field(default_factory=MemoryArchive)
    expired: MemoryExpiredDays = field(default_factory=MemoryExpiredDays)
    decisions: MemoryDecisions = field(default_factory=MemoryDecisions)
    positions: MemoryCheckPositions = field(default_factory=MemoryCheckPositions)
    disk: DiskUse = field(default_factory=lambda: DiskUse(used=10, free=1000))
    journal: FilesystemJournal = field(init=False)

    def __post_init__(self) -> None:
        self.journal = FilesystemJournal(self.bucket)

    def put(self, content: bytes) -> str:
        sha256 = self.archive.put(io.BytesIO(content))
        self.archive.times[sha256] = self.clock.now()
        return sha256

    def arrive(self, content: bytes, sidecar: bytes | None = None) -> Delivery:
        """Archive a file and journal it, as the intake does."""
        now = self.clock.now()
        delivery = a_delivery(1, received_at=now, sha256=self.put(content)).model_copy(
            update={"id": new_delivery_id(now), "sidecar": self.put(sidecar) if sidecar else None}
        )
        self.journal.append(journal_entry(delivery, None))
        return delivery

    def damage_line(self, delivery: Delivery) -> None:
        """Change a byte of a delivery's line in the journal."""
        filesystem = fsspec.filesystem("memory")
        (file,) = (each for each in filesystem.find(self.bucket.removeprefix("memory:/")) if delivery.id in each)
        filesystem.pipe_file(file, filesystem.cat_file(file).replace(b'"size":', b'"sIze":'))

    def days_pass(self, days: float) -> None:
        self.clock.advance(seconds=days * DAY)

    def job(self, rules: ArchiveRules = RULES) -> ArchiveRetention:
        return ArchiveRetention(
            ArchiveRetentionDependencies(
                journal=self.journal,
                originals=self.archive,
                expired=self.expired,
                pins=self.pins(),
                store=self.store,
                rules=rules,
                disk=lambda: self.disk,
                metrics=WatcherMetrics(CollectorRegistry()),
                clock=self.clock,
            )
        )

    def pins(self) -> Pins:
        return Pins(store=self.store, decisions=self.decisions, clock=self.clock)

    def left(self) -> set[str]:
        return set(self.archive.originals)

    def damage(self) -> list[str]:
        damages = MemoryDamages()
        ArchiveCheck(
            originals=self.archive,
            journal=self.journal,
            decisions=self.decisions,
            expired=self.expired,
            damages=damages,
            positions=self.positions,
            clock=self.clock,
            by="test",
            spend=do_nothing,
            report=do_nothing,
        ).run()
        return [each.message for each in damages.open()]


@pytest.fixture
def scene(clock: ManualClock, request: pytest.FixtureRequest) -> Scene:
    scene = Scene(clock, f"memory://archive-retention/{request.node.name}", memory_store(clock))
    complete_data_of(scene.store, clock)
    return scene


def test_an_original_goes_at_its_age_with_its_sidecar_and_the_entries_of_its_day(scene: Scene) -> None:
    scene.arrive(b"old", sidecar=b"{}")
    scene.days_pass(1)
    young = scene.arrive(b"young")
    scene.damage()

    scene.days_pass(89)
    before = scene.job().prune()
    scene.days_pass(1)
    due = scene.job().due()

    assert (before, due, len(scene.left())) == (0, 2, 3)
    assert scene.job().prune() == 2
    assert scene.left() == {young.sha256}
    assert scene.journal.days() == ["2026/01/02"]
    assert scene.damage() == []
    (event,) = scene.store.events.read(after=None, limit=10)
    assert (event.kind, event.count) == (EventKind.ORIGINALS_EXPIRED, 2)
    totals = scene.store.retention.totals()
    assert (totals.originals_removed, totals.last_original_removed_why, totals.last_removed_why) == (2, "age", None)


def test_an_original_that_arrived_again_later_stays_until_its_last_delivery_is_old(scene: Scene) -> None:
    first = scene.arrive(b"same")
    scene.days_pass(60)
    scene.arrive(b"same")
    scene.archive.times[first.sha256 or ""] = first.received_at  # as a restored backup leaves it

    scene.days_pass(31)
    removed = scene.job().prune()

    assert (removed, scene.left(), scene.journal.days()) == (0, {first.sha256}, ["2026/03/02"])
    assert scene.damage() == []
    scene.days_pass(60)
    assert (scene.job().prune(), scene.journal.days()) == (1, [])


def test_an_original_that_arrives_during_the_pass_stays(scene: Scene) -> None:
    old = scene.arrive(b"same")
    scene.days_pass(92)
    job = scene.job()
    job.step()
    scene.archive.times[old.sha256 or ""] = scene.clock.now()

    assert steps(job) == 0
    assert (scene.left(), scene.journal.days()) == ({old.sha256}, ["2026/01/01"])


@pytest.mark.parametrize("holder", ["delivery", "article"])
def test_what_a_kept_delivery_or_article_needs_stays_until_it_is_removed(scene: Scene, holder: str) -> None:
    needed = scene.arrive(b"needed", sidecar=b"{}")
    scene.arrive(b"other")
    article = an_article("a1", sha256=needed.sha256)
    if holder == "article":
        scene.store.articles.create(article, owner=needed.id)
    else:
        scene.store.ledger.register(needed, due_in=timedelta(0), by="test")
        scene.store.ledger.settle(needed.id, STORED, by="test")
    scene.days_pass(91)

    assert scene.job().prune() == 1
    assert scene.left() == {needed.sha256, needed.sidecar}
    assert (scene.journal.days(), scene.damage()) == (["2026/01/01"], [])

    if holder == "article":
        scene.store.articles.remove_many([article.id], before=None)
    else:
        scene.store.retention.remove_delivery(needed)
    assert scene.job().prune() == 2
    assert (scene.left(), scene.journal.days(), scene.damage()) == (set(), [], [])


@pytest.mark.parametrize("holder", ["delivery", "article", "pinned article"])
def test_what_is_needed_stays_although_its_line_of_the_journal_has_changed(scene: Scene, holder: str) -> None:
    needed = scene.arrive(b"needed")
    scene.arrive(b"other")
    article = an_article("a1", sha256=needed.sha256)
    if holder == "delivery":
        scene.store.ledger.register(needed, due_in=timedelta(0), by="test")
        scene.store.ledger.settle(needed.id, STORED, by="test")
    else:
        scene.store.articles.create(article, owner=needed.id)
    if holder == "pinned article":
        scene.pins().decide(article.id, PinRequest(by="Anna"))
    scene.damage_line(needed)
    scene.days_pass(91)

    assert (scene.job().due(), scene.job().prune(), scene.left()) == (1, 1, {needed.sha256})


def test_an_original_that_only_a_changed_line_names_goes_with_its_day(scene: Scene) -> None:
    scene.damage_line(scene.arrive(b"old"))
    scene.days_pass(91)

    assert (scene.job().prune(), scene.left(), scene.journal.days()) == (1, set(), [])


def test_an_original_that_arrived_again_stays_although_the_later_line_has_changed(scene: Scene) -> None:
    scene.arrive(b"same")
    scene.days_pass(60)
    again = scene.arrive(b"same")
    scene.damage_line(again)
    scene.days_pass(31)

    assert (scene.job().prune(), scene.left()) == (0, {again.sha256})


def test_what_was_removed_for_the_disk_is_not_missing_when_its_day_comes_of_age(scene: Scene) -> None:
    pinned, other, lost = scene.arrive(b"pinned"), scene.arrive(b"other"), scene.arrive(b"lost")
    for each in (pinned, other, lost):
        scene.store.articles.create(an_article(f"of {each.id}", sha256=each.sha256), owner=each.id)
    for each in (pinned, lost):
        scene.pins().decide(an_article(f"of {each.id}").id, PinRequest(by="Anna"))
    scene.days_pass(LEAST_AGE.days + 1)
    job = scene.job()
    steps(job)
    scene.disk = DiskUse(used=99, free=1)
    steps(job)
    assert scene.left() == {pinned.sha256, lost.sha256}
    del scene.archive.originals[lost.sha256 or ""]
    scene.disk = DiskUse(used=10, free=1000)
    scene.days_pass(90)

    assert scene.job().prune() == 0
    (message,) = scene.damage()
    assert f"the original {lost.sha256}" in message


def test_a_lost_original_of_a_kept_article_is_still_reported(scene: Scene) -> None:
    needed = scene.arrive(b"needed")
    scene.store.articles.create(an_article("a1", sha256=needed.sha256), owner=needed.id)
    scene.days_pass(91)
    scene.job().prune()

    del scene.archive.originals[needed.sha256 or ""]

    (message,) = scene.damage()
    assert "is missing" in message


def test_nothing_is_removed_while_the_server_may_lack_data(scene: Scene, clock: ManualClock) -> None:
    emptied = replace(scene, store=memory_store(clock))
    scene.arrive(b"old")
    scene.days_pass(91)

    assert emptied.job().prune() == 0
    complete_data_of(emptied.store, clock)
    assert emptied.job().prune() == 1


def test_after_a_clock_moved_by_years_no_original_goes_for_a_day(scene: Scene) -> None:
    delivery = scene.arrive(b"old")
    scene.store.retention.note_run()
    scene.days_pass(800)
    scene.store.retention.note_run()

    at_once = scene.job().due(), scene.job().prune()
    scene.days_pass(1)

    assert at_once == (0, 0)
    assert delivery.sha256 in scene.left()
    assert scene.job().prune() == 1


@pytest.mark.parametrize("age", [None, timedelta(days=MOST_DAYS)])
def test_an_age_of_none_and_the_longest_one_keep_everything(scene: Scene, age: timedelta | None) -> None:
    scene.arrive(b"old")
    scene.days_pass(4_000)

    assert steps(scene.job(replace(RULES, age=age))) == 0


def steps(job: ArchiveRetention, count: int = 30) -> int:
    return sum(job.step() for _ in range(count))


@pytest.mark.parametrize(
    "full",
    [
        DiskUse(used=9_600, free=400),
        DiskUse(used=100, free=FREE_MARGIN * RULES.least_free - 1),
        DiskUse(used=100, free=9_900, used_inodes=96, free_inodes=4),
    ],
)
def test_a_nearly_full_disk_removes_the_oldest_day_whatever_its_age_and_says_so(scene: Scene, full: DiskUse) -> None:
    old = scene.arrive(b"old")
    scene.store.articles.create(an_article("a1", sha256=old.sha256), owner=old.id)
    scene.store.ledger.register(old, due_in=timedelta(0), by="test")
    scene.store.ledger.settle(old.id, STORED, by="test")
    unsettled = scene.arrive(b"unsettled")
    scene.store.ledger.register(unsettled, due_in=timedelta(0), by="test")
    scene.days_pass(1)
    young = scene.arrive(b"young")
    scene.days_pass(LEAST_AGE.days)
    job = scene.job()
    steps(job)

    scene.disk = full
    assert steps(job) == 1

    assert scene.left() == {unsettled.sha256, young.sha256}
    assert (scene.journal.days(), scene.damage()) == (["2026/01/01", "2026/01/02"], [])
    state = read_retention_state(scene.store)
    assert "disk is nearly full" in (state.disk_shortage(scene.clock.now()) or "")
    assert state.disk_shortage(scene.clock.now() + timedelta(hours=2)) is None


class FullDisk(MemoryExpiredDays):
    """Records on a disk that is full from some moment on."""

    def __init__(self) -> None:
        super().__init__()
        self.is_full = False

    def record(self, expired: ExpiredDay) -> None:
        if self.is_full:
            raise TransientError("the disk is full", resource=Resource.ARCHIVE)
        super().record(expired)


@pytest.mark.parametrize("in_same_process", [True, False])
def test_a_removal_for_the_disk_that_was_interrupted_is_finished_without_writing_anything(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, *, in_same_process: bool
) -> None:
    scene.expired = FullDisk()
    for number in range(3):
        scene.arrive(b"story %d" % number)
    scene.days_pass(1)
    young = scene.arrive(b"young")
    scene.days_pass(LEAST_AGE.days)
    job = scene.job()
    steps(job)
    scene.disk = DiskUse(used=1000, free=0)
    remove: Callable[..., bool] = scene.archive.remove
    calls = iter([True, False])

    def failing(sha256: str, **given: object) -> bool:
        if not next(calls):
            raise TransientError("the server does not answer", resource=Resource.SERVER)
        return remove(sha256, **given)

    monkeypatch.setattr(scene.archive, "remove", failing)
    with pytest.raises(TransientError):
        steps(job)
    monkeypatch.undo()
    assert len(scene.left()) == 3

    scene.expired.is_full = True
    next_job = job if in_same_process else scene.job()
    removed = steps(next_job)

    assert (removed, scene.left()) == (2, {young.sha256})
    assert (scene.journal.days(), scene.damage()) == (["2026/01/02"], [])


@pytest.mark.parametrize("more_days", [0, 1], ids=["the other day is young", "both days are old"])
def test_what_the_record_of_a_day_or_another_day_names_stays_when_a_removal_is_finished(
    scene: Scene, more_days: int
) -> None:
    named, both = scene.arrive(b"named"), scene.arrive(b"both")
    gone = scene.arrive(b"gone")
    scene.days_pass(1)
    scene.arrive(b"both")
    changed = scene.arrive(b"its record has changed")
    scene.days_pass(LEAST_AGE.days + more_days)
    scene.expired.record(ExpiredDay(day="2026/01/01", at=scene.clock.now(), kept=(named.sha256 or "",)))
    scene.expired.record(ExpiredDay(day="2026/01/02"))
    scene.disk = DiskUse(used=1000, free=0)
    job = scene.job(replace(RULES, age=None))

    assert steps(job) == 1

    assert scene.left() == {named.sha256, both.sha256, changed.sha256}
    assert gone.sha256 not in scene.left()
    assert scene.journal.days() == ["2026/01/01", "2026/01/02"]


def test_files_of_other_programs_beside_the_days_do_not_end_the_retention(scene: Scene) -> None:
    scene.arrive(b"old")
    filesystem = fsspec.filesystem("memory")
    for name in (".DS_Store", "@eaDir"):
        filesystem.pipe_file(f"{scene.bucket.removeprefix('memory:/')}/journal/2026/01/{name}", b"\0")
    scene.days_pass(31)
    job = scene.job()
    steps(job)
    scene.disk = DiskUse(used=9_600, free=400)

    assert steps(job) == 1
    scene.days_pass(91)
    assert scene.job().prune() == 0
    assert scene.journal.days() == []


def test_remains_of_killed_processes_are_removed_also_if_originals_are_kept_for_ever(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = list[datetime]()
    monkeypatch.setattr(scene.archive, "remove_remains", lambda *, before: calls.append(before))

    steps(scene.job(replace(RULES, age=None)))

    assert calls == [scene.clock.now() - timedelta(days=1)]


def test_two_runners_remove_and_report_each_original_once(scene: Scene) -> None:
    for number in range(250):
        scene.arrive(b"story %d" % number)
    scene.days_pass(91)
    jobs = [scene.job(), scene.job()]

    removed = sum(job.step() for _ in range(30) for job in jobs)

    assert removed == scene.store.retention.totals().originals_removed == 250
    assert (scene.left(), scene.journal.days(), scene.damage()) == (set(), [], [])


def test_an_interrupted_pass_is_done_again(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        scene.arrive(b"story %d" % number)
    scene.days_pass(91)
    remove: Callable[..., bool] = scene.archive.remove
    calls = iter([True, False])

    def failing(sha256: str, **given: object) -> bool:
        if not next(calls):
            raise ConnectionError
        return remove(sha256, **given)

    monkeypatch.setattr(scene.archive, "remove", failing)
    with pytest.raises(ConnectionError):
        scene.job().prune()
    monkeypatch.undo()

    assert len(scene.left()) == 2
    assert scene.damage() == []
    assert scene.job().prune() == 2


def test_the_files_of_a_pinned_article_stay_also_when_the_disk_is_full(scene: Scene) -> None:
    pinned = scene.arrive(b"pinned", sidecar=b"{}")
    article = an_article("a1", sha256=pinned.sha256)
    scene.store.articles.create(article, owner=pinned.id)
    scene.pins().decide(article.id, PinRequest(by="Anna"))
    scene.arrive(b"other")
    scene.days_pass(LEAST_AGE.days + 1)
    later = scene.arrive(b"later version")
    scene.store.articles.add_version(an_article("a1", text="More.", sha256=later.sha256), owner=later.id)
    job = scene.job()
    steps(job)

    scene.disk = DiskUse(used=99, free=1)
    assert steps(job) == 1
    assert scene.left() == {pinned.sha256, pinned.sidecar, later.sha256}
    assert scene.damage() == []
    (decision,) = scene.decisions.all()
    assert set(decision.files) == {pinned.sha256, later.sha256}
