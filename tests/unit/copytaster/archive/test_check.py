"""The check of the archive, on archives in memory."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import fsspec
import pytest
from structlog.testing import capture_logs

from copytaster.archive.background_check import ABANDONED, BackgroundCheck, CheckInterruptedError
from copytaster.archive.check import INTAKE_GAP, ArchiveCheck
from copytaster.archive.check_position import CheckPosition, MemoryCheckPositions
from copytaster.archive.damage import Damage, DamageKind, MemoryDamages
from copytaster.archive.decisions import MemoryDecisions, deletion_decision
from copytaster.archive.expired_days import ExpiredDay, MemoryExpiredDays
from copytaster.archive.journal import FilesystemJournal, Journal, journal_entry
from copytaster.archive.originals import MemoryArchive
from copytaster.archive.rate_limit import RateLimit
from copytaster.clock import ManualClock
from copytaster.errors import TransientError
from copytaster.model.article import ArticleId
from copytaster.model.deletion import Deletion
from copytaster.model.delivery import DeliveryId
from tests.factories import START, a_delivery, delivery_id

KINDS = {each.value: each for each in DamageKind}


def do_nothing(_: object) -> None:
    """Ignore the bytes or the position."""


@dataclass(slots=True)
class Scene:
    """An archive with a journal in a bucket in memory, a day after everything arrived."""

    clock: ManualClock
    bucket: str
    archive: MemoryArchive = field(default_factory=MemoryArchive)
    damages: MemoryDamages = field(default_factory=MemoryDamages)
    positions: MemoryCheckPositions = field(default_factory=MemoryCheckPositions)
    expired: MemoryExpiredDays = field(default_factory=MemoryExpiredDays)
    decisions: MemoryDecisions = field(default_factory=MemoryDecisions)
    journal: Journal = field(init=False)
    count: int = 0

    def __post_init__(self) -> None:
        self.journal = FilesystemJournal(self.bucket)

    def arrive(self, *, named: bool = True, sidecar: bool = False, days: int = 0) -> str:
        """Archive a file, and journal it if ``named``; return its sha256."""
        self.count += 1
        sha256 = self.store(b"story %d" % self.count)
        if named:
            fields = {"sidecar": self.store(b"sidecar %d" % self.count)} if sidecar else {}
            received_at = START + timedelta(days=days)
            delivery = a_delivery(self.count, sha256=sha256, received_at=received_at, **fields)
            self.journal.append(journal_entry(delivery, None))
        return sha256

    def store(self, content: bytes) -> str:
        sha256 = self.archive.put(io.BytesIO(content))
        self.archive.times[sha256] = START
        return sha256

    def journal_files(self) -> list[str]:
        filesystem, root = fsspec.core.url_to_fs(self.bucket)
        return sorted(filesystem.find(f"{root}/journal"))

    def change_journal(self, delivery: DeliveryId, change: Callable[[bytes], bytes] | None) -> None:
        """Change the file of a delivery's entry; remove it if ``change`` is None."""
        filesystem, _ = fsspec.core.url_to_fs(self.bucket)
        (file,) = (each for each in self.journal_files() if delivery in each)
        if change:
            filesystem.pipe_file(file, change(filesystem.cat_file(file)))
        else:
            filesystem.rm_file(file)

    def check(self, *, spend: Callable[[int], object] = do_nothing, by: str = "one") -> ArchiveCheck:
        return ArchiveCheck(
            originals=self.archive,
            journal=self.journal,
            decisions=self.decisions,
            expired=self.expired,
            damages=self.damages,
            positions=self.positions,
            clock=self.clock,
            by=by,
            spend=spend,
            report=do_nothing,
        )

    def run(self) -> CheckPosition:
        return self.check().run()

    def run_with(self, event: Callable[[], object]) -> None:
        """Check, and let something happen at the first original, when the journal of one day has been read."""
        reads = list[int]()

        def spend(size: int) -> None:
            reads.append(size)
            if len(reads) == 2:
                event()

        self.check(spend=spend).run()

    def delete(self, sha256: str) -> None:
        """Delete an original as a person does: the decision first."""
        deletion = Deletion(article_id=ArticleId("a1"), at=self.clock.now(), by="legal desk")
        self.decisions.record(deletion_decision(deletion, [sha256], [sha256]))
        self.archive.originals.pop(sha256, None)

    def found(self) -> list[tuple[DamageKind, str]]:
        return [(each.kind, each.place) for each in self.damages.open()]


@pytest.fixture
def scene(clock: ManualClock, request: pytest.FixtureRequest) -> Scene:
    clock.advance(seconds=timedelta(days=1).total_seconds())
    return Scene(clock, f"memory://check/{request.node.name}")


def flip(content: bytes) -> bytes:
    """Change one bit in the path of an entry."""
    return content.replace(b"wire/", b"wise/")


def test_a_sound_archive_has_no_damage_and_everything_is_counted(scene: Scene) -> None:
    for _ in range(3):
        scene.arrive(sidecar=True)

    position = scene.run()

    assert scene.found() == []
    assert (position.next, position.originals, position.entries) == (256, 6, 3)
    assert position.size == sum(map(len, scene.archive.originals.values()))
    assert position.completed_at == scene.clock.now()


def test_an_empty_archive_is_sound(scene: Scene) -> None:
    assert scene.run().originals == 0
    assert scene.found() == []


def test_a_damaged_and_a_missing_original_are_found_with_the_names_of_their_files(scene: Scene) -> None:
    damaged, missing, _ = (scene.arrive() for _ in range(3))
    scene.archive.originals[damaged] = b"story?"
    del scene.archive.originals[missing]

    scene.run()

    assert sorted(scene.found()) == sorted(
        [(DamageKind.ORIGINAL_DAMAGED, damaged), (DamageKind.ORIGINAL_MISSING, missing)]
    )
    assert all(f"wire/story.txt, delivery {delivery_id(1)[:3]}" in each.message for each in scene.damages.open())


def test_a_missing_sidecar_is_found(scene: Scene) -> None:
    scene.arrive(sidecar=True)
    (sidecar,) = (sha256 for sha256, content in scene.archive.originals.items() if content.startswith(b"sidecar"))
    del scene.archive.originals[sidecar]

    scene.run()

    assert scene.found() == [(DamageKind.ORIGINAL_MISSING, sidecar)]


def test_an_original_without_an_entry_is_found_once_it_is_old_enough(scene: Scene) -> None:
    unnamed, just_stored = scene.arrive(named=False), scene.arrive(named=False)
    scene.archive.times[just_stored] = scene.clock.now() - INTAKE_GAP + timedelta(seconds=1)

    scene.run()

    assert scene.found() == [(DamageKind.ORIGINAL_UNNAMED, unnamed)]
    assert not scene.damages.open()[0].kind.is_loss


def test_a_damaged_line_is_found_and_its_original_has_no_entry_any_more(scene: Scene) -> None:
    sha256 = scene.arrive()
    scene.arrive()
    scene.change_journal(delivery_id(1), flip)

    scene.run()

    line, original = sorted(scene.damages.open(), key=lambda each: each.kind)
    assert (line.kind, line.delivery_id, line.sha256) == (DamageKind.JOURNAL_LINE, delivery_id(1), sha256)
    assert (original.kind, original.place) == (DamageKind.ORIGINAL_UNNAMED, sha256)


def test_entries_that_disappear_between_two_checks_are_found(scene: Scene) -> None:
    for days in (0, 0, 1):
        scene.arrive(days=days)
    scene.run()
    scene.change_journal(delivery_id(2), None)

    scene.run()

    lost = next(each for each in scene.damages.open() if each.kind is DamageKind.JOURNAL_LOST)
    assert (lost.place, lost.found, lost.expected) == ("2026/01/01", "1", 2)


def test_lost_entries_stay_a_damage_in_later_checks_until_they_are_there_again(scene: Scene) -> None:
    scene.arrive()
    scene.arrive()
    filesystem, _ = fsspec.core.url_to_fs(scene.bucket)
    backup = filesystem.cat_file(scene.journal_files()[1])
    path = scene.journal_files()[1]
    scene.run()
    scene.change_journal(delivery_id(2), None)
    scene.run()
    scene.run()
    kinds = {kind for kind, _ in scene.found()}

    filesystem.pipe_file(path, backup)
    scene.run()

    assert kinds == {DamageKind.JOURNAL_LOST, DamageKind.ORIGINAL_UNNAMED}
    assert scene.found() == []


def test_a_truncated_line_is_no_damage_if_its_delivery_was_journalled_on_another_day(scene: Scene) -> None:
    sha256 = scene.arrive()
    scene.change_journal(delivery_id(1), lambda content: content[:-40])
    again = a_delivery(1, sha256=sha256, received_at=START + timedelta(days=1))
    scene.journal.append(journal_entry(again, None))

    scene.run()

    assert scene.found() == []


@pytest.mark.parametrize("kind", ["damaged", "missing", "unnamed"])
def test_damage_that_is_repaired_is_closed_by_the_next_check(scene: Scene, kind: str) -> None:
    sha256 = scene.arrive(named=kind != "unnamed")
    content = scene.archive.originals[sha256]
    if kind == "damaged":
        scene.archive.originals[sha256] = b"?"
    elif kind == "missing":
        del scene.archive.originals[sha256]
    scene.run()
    before = scene.found()

    scene.archive.originals[sha256] = content
    if kind == "unnamed":
        scene.journal.append(journal_entry(a_delivery(1, sha256=sha256), None))
    scene.run()

    assert before == [(KINDS[f"original_{kind}"], sha256)]
    assert scene.found() == []


def test_another_damage_of_the_same_original_replaces_the_first(scene: Scene) -> None:
    sha256 = scene.arrive()
    scene.archive.originals[sha256] = b"?"
    scene.run()
    (first,) = scene.damages.open()
    scene.archive.originals[sha256] = b"??"

    scene.run()

    (second,) = scene.damages.open()
    assert second.place == first.place
    assert second.id != first.id


def test_resolved_damage_is_not_reported_again(scene: Scene) -> None:
    sha256 = scene.arrive()
    scene.archive.originals[sha256] = b"?"
    scene.run()
    (damage,) = scene.damages.open()
    scene.damages.resolve(damage.id, by="cli", why="the sender has no copy", at=scene.clock.now())

    scene.run()

    assert scene.found() == []


def test_a_large_archive_is_checked_in_parts_with_the_same_result(scene: Scene) -> None:
    names = [scene.arrive() for _ in range(60)]
    unnamed = scene.arrive(named=False)
    for sha256 in names[:2]:
        scene.archive.originals[sha256] = b"?"
    del scene.archive.originals[names[2]]

    journal_reads = list[int]()
    position = replace(scene.check(spend=journal_reads.append), most_names=5).run()

    assert position.originals == 60
    assert len(journal_reads) > 60 + 10
    assert sorted(scene.found()) == sorted(
        [(DamageKind.ORIGINAL_DAMAGED, each) for each in names[:2]]
        + [(DamageKind.ORIGINAL_MISSING, names[2]), (DamageKind.ORIGINAL_UNNAMED, unnamed)]
    )


def interrupting(scene: Scene, after: int) -> ArchiveCheck:
    """Return a check that is interrupted after a number of reads; time passes, so that its position is saved."""
    left = after

    def spend(_: int) -> None:
        nonlocal left
        left -= 1
        scene.clock.advance(seconds=20)
        if left < 0:
            raise CheckInterruptedError("this process is stopping")

    return scene.check(spend=spend)


def test_an_interrupted_check_is_continued_where_it_was(scene: Scene) -> None:
    names = sorted(scene.arrive() for _ in range(20))
    for sha256 in (names[0], names[-1]):
        scene.archive.originals[sha256] = b"?"
    with pytest.raises(CheckInterruptedError):
        interrupting(scene, after=20).run()
    between = scene.positions.load()

    reads = list[int]()
    position = scene.check(spend=reads.append).run()

    assert between
    assert 0 < between.originals < 20
    assert between.completed_at is None
    assert position.originals == 20
    assert position.started_at == between.started_at
    assert len(reads) < 2 * (20 - between.originals) + 4
    assert sorted(scene.found()) == [(DamageKind.ORIGINAL_DAMAGED, each) for each in (names[0], names[-1])]


def test_a_check_can_begin_again_instead(scene: Scene) -> None:
    for _ in range(20):
        scene.arrive()
    with pytest.raises(CheckInterruptedError):
        interrupting(scene, after=20).run()

    assert scene.check().run(restart=True).started_at == scene.clock.now()


def test_the_rate_of_reading_is_limited(scene: Scene) -> None:
    for _ in range(10):
        scene.arrive()
    pauses = list[float]()

    replace(scene.check(), spend=RateLimit(64 * 1024, pauses.append).spend).run()

    # Each of ten small originals, and a day of the journal, counts for as long as finding a file takes.
    assert 10 <= sum(pauses) <= 12


def background(scene: Scene, check: ArchiveCheck | None = None) -> BackgroundCheck:
    return BackgroundCheck(check or scene.check(), every=timedelta(days=30))


def test_the_background_check_tells_its_interval_unless_it_is_switched_off(scene: Scene) -> None:
    assert background(scene).details()["archive_check_seconds"] == 30 * 86_400
    assert BackgroundCheck(scene.check(), every=None).details()["archive_check_seconds"] is None


def test_the_background_check_runs_when_the_last_one_is_old_enough(scene: Scene) -> None:
    check = background(scene)
    check.look()
    first = check.details()["archive_checked_at"]
    scene.clock.advance(seconds=timedelta(days=29).total_seconds())
    check.look()
    second = check.details()["archive_checked_at"]
    scene.clock.advance(seconds=timedelta(days=1).total_seconds())
    check.look()

    assert first == second != check.details()["archive_checked_at"] == scene.clock.now().isoformat()


def test_a_check_that_ended_by_a_clock_that_was_set_back_since_is_done_again(scene: Scene) -> None:
    scene.clock.advance(seconds=timedelta(days=365).total_seconds())
    background(scene).look()
    scene.clock.advance(seconds=-60)
    by_another_host = background(scene)
    by_another_host.look()
    small = by_another_host.details()["archive_checked_at"]
    scene.clock.advance(seconds=-timedelta(days=365).total_seconds())
    check = background(scene)

    check.look()

    assert small != check.details()["archive_checked_at"] == scene.clock.now().isoformat()
    assert small == (scene.clock.now() + timedelta(days=365, seconds=60)).isoformat()


def test_a_check_that_runs_or_never_ends_does_not_hide_when_the_one_before_ended(scene: Scene) -> None:
    for _ in range(20):
        scene.arrive()
    check = background(scene)
    check.look()
    ended = check.details()["archive_checked_at"]
    scene.clock.advance(seconds=timedelta(days=30).total_seconds())
    interrupted = background(scene, interrupting(scene, after=20))
    interrupted.look()
    during = interrupted.details()
    scene.check().run(restart=True)
    again = scene.positions.load()

    assert (str(during["archive_checking"])[-12:], during["archive_checked_at"]) == ("of 256 parts", ended)
    assert again
    assert again.last_completed_at == scene.clock.now()


def test_the_background_check_can_be_switched_off(scene: Scene) -> None:
    check = BackgroundCheck(scene.check(), every=None)

    check.look()

    assert scene.positions.load() is None


def test_the_start_of_a_check_is_logged_once_however_long_the_archive_is_unavailable(scene: Scene) -> None:
    scene.arrive()
    outages = [TransientError("the archive is not mounted")] * 3

    def read(_: int) -> None:
        if outages:
            raise outages.pop()

    check = background(scene, scene.check(spend=read))
    with capture_logs() as logs:
        for _ in range(3):
            with pytest.raises(TransientError):
                check.look()
        check.look()

    assert [each["event"] for each in logs] == ["archive.check_started", "archive.check_completed"]


def test_an_interrupted_background_check_is_continued_by_the_next_process(scene: Scene) -> None:
    for _ in range(20):
        scene.arrive()
    first = background(scene, interrupting(scene, after=20))
    first.look()
    progress = first.details()["archive_checking"]
    second = background(scene, scene.check(by="two"))
    second.look()
    while_it_may_still_run = scene.positions.load()
    scene.clock.advance(seconds=ABANDONED.total_seconds())
    second.look()
    position = scene.positions.load()

    assert isinstance(progress, str)
    assert progress.endswith(" of 256 parts")
    assert while_it_may_still_run
    assert while_it_may_still_run.by == "one"
    assert position
    assert (position.by, position.originals) == ("two", 20)
    assert position.completed_at


def test_the_heartbeat_has_losses_and_unnamed_originals_apart(scene: Scene) -> None:
    damaged, unnamed = scene.arrive(), scene.arrive(named=False)
    scene.archive.originals[damaged] = b"?"
    check = background(scene)

    check.look()

    details = check.details()
    assert damaged in str(details["archive_damage"])
    assert unnamed in str(details["archive_unnamed"])
    assert unnamed not in str(details["archive_damage"])
    assert (details["damage_original_damaged"], details["damage_original_unnamed"]) == (1, 1)


def test_damage_that_another_process_records_is_in_the_heartbeat_within_seconds(scene: Scene) -> None:
    check = background(scene)
    check.look()
    damage = Damage(
        kind=DamageKind.ORIGINAL_DAMAGED, place="ab" * 32, found="?", message="it has changed", found_at=START
    )
    scene.damages.record(damage)
    scene.clock.advance(seconds=15)

    check.look()

    assert check.details()["archive_damage"] == "1 original_damaged (it has changed)"


def test_many_damages_are_counted_and_the_first_ones_named(scene: Scene) -> None:
    for sha256 in [scene.arrive() for _ in range(5)]:
        scene.archive.originals[sha256] = b"?"
    check = background(scene)

    check.look()

    assert str(check.details()["archive_damage"]).startswith("5 original_damaged (")
    assert str(check.details()["archive_damage"]).endswith("; and 2 more)")


def test_what_the_retention_has_removed_is_neither_damaged_nor_lost(scene: Scene) -> None:
    gone, named_later, kept = scene.arrive(), scene.arrive(), scene.arrive()
    again = a_delivery(9, sha256=named_later, received_at=START + timedelta(days=1))
    scene.journal.append(journal_entry(again, None))
    scene.run()
    scene.expired.record(ExpiredDay(day="2026/01/01", kept=(kept,)))
    del scene.archive.originals[gone]
    scene.run()
    before = scene.found()

    scene.change_journal(delivery_id(1), None)
    scene.run()
    after_the_entry = scene.found()
    del scene.archive.originals[named_later], scene.archive.originals[kept]
    scene.run()

    assert before == after_the_entry == []
    missing = [(DamageKind.ORIGINAL_MISSING, each) for each in sorted((named_later, kept))]
    assert sorted(scene.found()) == missing


def test_an_original_whose_day_expires_during_a_check_is_not_missing(scene: Scene) -> None:
    sha256 = scene.arrive()

    def expire(size: int) -> None:
        del size
        scene.expired.record(ExpiredDay(day="2026/01/01"))
        scene.archive.originals.pop(sha256, None)

    scene.check(spend=expire).run()

    assert scene.found() == []


def test_an_original_that_a_person_deletes_during_a_check_is_not_missing(scene: Scene) -> None:
    last = max(scene.arrive() for _ in range(3))

    scene.run_with(lambda: scene.delete(last))

    assert scene.found() == []


def test_a_missing_original_stays_a_damage_if_a_day_expires_during_the_next_check(scene: Scene) -> None:
    last = max(scene.arrive() for _ in range(3))
    del scene.archive.originals[last]
    scene.run()

    scene.run_with(lambda: scene.expired.record(ExpiredDay(day="2025/12/01")))

    assert scene.found() == [(DamageKind.ORIGINAL_MISSING, last)]


def test_an_original_that_arrived_again_after_its_deletion_is_missing_when_it_is_lost(scene: Scene) -> None:
    sha256 = scene.arrive()
    scene.delete(sha256)
    scene.run()
    before = scene.found()
    again = a_delivery(2, sha256=sha256, received_at=scene.clock.now() + timedelta(hours=1))
    scene.journal.append(journal_entry(again, None))

    scene.run()

    assert (before, scene.found()) == ([], [(DamageKind.ORIGINAL_MISSING, sha256)])
