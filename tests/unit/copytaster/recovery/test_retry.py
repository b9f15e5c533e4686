from __future__ import annotations

import errno
import io
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from copytaster.archive.journal import MemoryJournal
from copytaster.archive.originals import MemoryArchive
from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.errors import PermanentError, TransientError
from copytaster.intake.admission import AdmissionRules
from copytaster.intake.file_intake import Deposit, Intake, report_of
from copytaster.intake.rename_claims import RenameClaims
from copytaster.intake.source_defaults import SourceDefaults
from copytaster.model.delivery import Delivery, DeliveryId, Outcome, new_delivery_id
from copytaster.model.disposition import Disposition, Reason
from copytaster.model.limits import Limits
from copytaster.model.work import RecordingPublisher, Work
from copytaster.quarantine.file_names import report_path
from copytaster.quarantine.folder import FolderQuarantine
from copytaster.quarantine.port import Report
from copytaster.recovery.failed_files import all_failed
from copytaster.recovery.retry import NotRetriedError, UnknownDeliveryError, retry
from copytaster.store.ports.failed_files import FailedQuery
from copytaster.store.ports.ledger import DeliveryQuery
from tests.factories import METADATA_READER

BY = "cli"
WATCHER = "watcher@one:1"
BROKEN = Outcome(disposition=Disposition.QUARANTINED, reason=Reason.PARSE_FAILED, message="it could not be read")
STORED = Outcome(disposition=Disposition.STORED)


class Newsroom:
    """An inbox, a quarantine and a way in, over a store in memory."""

    def __init__(self, folder: Path, clock: ManualClock) -> None:
        self.folder, self.clock, self.store = folder, clock, memory_store(clock)
        self.inbox, self.quarantine = folder / "inbox", folder / "quarantine"
        self.inbox.mkdir()
        self.intake = Intake(
            ledger=self.store.ledger,
            archive=MemoryArchive(),
            journal=MemoryJournal(),
            quarantine=FolderQuarantine(self.quarantine),
            clock=clock,
            admission=AdmissionRules(Limits(file_bytes=100)),
            source_defaults=SourceDefaults(self.inbox, METADATA_READER),
            metadata_reader=METADATA_READER,
        )
        self.publisher = RecordingPublisher()
        self.watcher = self.deposit("watcher")
        self.desk = self.deposit("desk")

    def deposit(self, owner: str, **changed: Any) -> Deposit:
        claims = RenameClaims(self.inbox, owner)
        return Deposit(intake=replace(self.intake, **changed), claims=claims, publisher=self.publisher)

    def close(self) -> None:
        for each in (self.watcher, self.desk):
            each.claims.close()

    def drop(self, path: str = "wire/story.txt", content: str = "story") -> Delivery:
        """Put a file into the inbox and let the watcher take it."""
        file = self.inbox / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
        return self.take(path)

    def take(self, path: str) -> Delivery:
        """Let the watcher take what lies in the inbox."""
        self.clock.advance(seconds=1)
        claim = self.watcher.claims.take(path, new_delivery_id(self.clock.now()))
        assert claim
        return self.watcher.take_in(claim, by=WATCHER)

    def fail(self, path: str = "wire/story.txt", content: str = "story") -> DeliveryId:
        """Let a file come and fail."""
        return self.end_badly(self.drop(path, content))

    def end_badly(self, delivery: Delivery) -> DeliveryId:
        """Let a worker put the file into quarantine."""
        assert delivery.sha256
        content = self.intake.archive.get(delivery.sha256)
        report = report_of(delivery, BROKEN, self.clock)
        self.intake.quarantine.add_content(io.BytesIO(content), path=delivery.path, report=report)
        assert self.store.ledger.settle(delivery.id, BROKEN, by="worker")
        return delivery.id

    def retry(self, delivery_id: DeliveryId) -> Delivery:
        self.clock.advance(seconds=1)
        return retry(delivery_id, deposit=self.desk, by=BY)

    def record(self, delivery_id: DeliveryId) -> Delivery:
        found = self.store.ledger.get(delivery_id)
        assert found
        assert self.store.ledger.balance().closed
        return found

    def content_of(self, delivery: Delivery) -> str:
        assert delivery.sha256
        return self.intake.archive.get(delivery.sha256).decode()

    def kept(self) -> list[str]:
        """Return all files in quarantine, reports too."""
        return sorted(str(each.relative_to(self.quarantine)) for each in self.quarantine.rglob("*") if each.is_file())

    def deliveries(self) -> int:
        return len(self.store.ledger.find(DeliveryQuery(limit=100)))

    def unfinished(self) -> list[DeliveryId]:
        return [claim.delivery_id for each in (self.watcher, self.desk) for claim in each.claims.pending()]


@pytest.fixture
def room(tmp_path: Path, clock: ManualClock) -> Iterator[Newsroom]:
    room = Newsroom(tmp_path, clock)
    yield room
    room.close()


def test_a_retried_file_is_a_new_delivery_under_its_old_path_and_both_records_say_so(room: Newsroom) -> None:
    old = room.fail()

    new = room.retry(old)

    before = room.record(old)
    assert (new.path, new.source, new.retry_of, new.disposition) == ("wire/story.txt", "wire", old, None)
    assert (before.disposition, before.reason, before.retried_as) == (
        Disposition.QUARANTINED,
        Reason.PARSE_FAILED,
        new.id,
    )
    assert (before.timeline[-1].what, before.timeline[-1].by) == (f"retried as {new.id}", BY)
    assert room.publisher.published[-1] == (Work.INGEST, new.id)
    assert room.unfinished() == []


def test_the_file_leaves_the_quarantine_with_its_report(room: Newsroom) -> None:
    old = room.fail()

    room.retry(old)

    assert room.kept() == []


def test_a_file_that_was_mended_in_quarantine_comes_as_it_lies_there(room: Newsroom) -> None:
    old = room.fail()
    (room.quarantine / "wire" / "story.txt").write_text("mended")

    new = room.retry(old)

    assert room.content_of(new) == "mended"


def test_a_file_that_fails_again_lies_under_its_own_name_again(room: Newsroom) -> None:
    room.end_badly(room.retry(room.fail()))

    assert room.kept() == ["wire/story.txt", "wire/story.txt.error.json"]


def test_a_file_that_is_refused_at_the_door_again_lies_under_its_own_name_with_a_new_report(room: Newsroom) -> None:
    old = room.drop(content="")
    assert old.reason is Reason.EMPTY

    new = room.retry(old.id)

    report = Report.model_validate_json((room.quarantine / "wire" / "story.txt.error.json").read_bytes())
    assert (new.reason, new.retry_of) == (Reason.EMPTY, old.id)
    assert room.kept() == ["wire/story.txt", "wire/story.txt.error.json"]
    assert report.delivery_id == new.id


def test_of_files_of_one_name_the_right_one_is_retried(room: Newsroom) -> None:
    first, second = room.fail(content="first"), room.fail(content="second")

    new = room.retry(second)

    assert room.content_of(new) == "second"
    assert new.path == "wire/story.txt"
    assert room.kept() == ["wire/story.txt", "wire/story.txt.error.json"]
    assert room.record(first).retried_as is None


@pytest.mark.parametrize("name", ["two\nlines.txt", "n" * 251 + ".txt", "\udce9.txt"])
def test_names_that_are_hard_to_write_are_retried(room: Newsroom, name: str) -> None:
    (room.inbox / name).write_text("")
    old = room.take(name)

    new = room.retry(old.id)

    assert (new.retry_of, new.path) == (old.id, old.path)
    assert len(room.kept()) == 2


def test_a_file_that_a_person_deleted_comes_from_the_archive(room: Newsroom) -> None:
    old = room.fail()
    (room.quarantine / "wire" / "story.txt").unlink()

    new = room.retry(old)

    assert room.content_of(new) == "story"
    assert new.retry_of == old
    assert room.kept() == []


@pytest.mark.parametrize("kept", [True, False])
def test_a_second_retry_is_refused_and_names_the_delivery_that_came_of_the_first(room: Newsroom, *, kept: bool) -> None:
    old = room.fail()
    if not kept:
        (room.quarantine / "wire" / "story.txt").unlink()
    new = room.retry(old)

    with pytest.raises(NotRetriedError, match=new.id):
        room.retry(old)

    assert room.deliveries() == 2


def test_a_file_that_is_nowhere_is_told_plainly(room: Newsroom) -> None:
    old = room.drop(content="")
    (room.quarantine / "wire" / "story.txt").unlink()

    with pytest.raises(PermanentError, match="left the quarantine") as caught:
        room.retry(old.id)

    assert caught.value.reason is Reason.ORIGINAL_MISSING
    assert room.record(old.id).retried_as is None


def test_what_did_not_fail_is_not_retried(room: Newsroom) -> None:
    going, stored = room.drop("a.txt"), room.drop("b.txt")
    room.store.ledger.settle(stored.id, STORED, by="worker")

    with pytest.raises(NotRetriedError, match="in flight"):
        room.retry(going.id)
    with pytest.raises(NotRetriedError, match="ended as stored"):
        room.retry(stored.id)
    with pytest.raises(UnknownDeliveryError, match="d404"):
        room.retry(DeliveryId("d404"))


@pytest.mark.parametrize("kept", [True, False])
def test_many_retries_at_once_make_one_delivery(room: Newsroom, *, kept: bool) -> None:
    old = room.fail()
    if not kept:
        (room.quarantine / "wire" / "story.txt").unlink()
    together = threading.Barrier(8)

    def ask(number: int) -> DeliveryId | None:
        deposit = room.deposit(f"desk-{number}")
        together.wait()
        try:
            return retry(old, deposit=deposit, by=BY).id
        except NotRetriedError:
            return None
        finally:
            deposit.claims.close()

    with ThreadPoolExecutor(8) as threads:
        answers = set(threads.map(ask, range(8))) - {None}

    assert answers == {room.record(old).retried_as}
    assert room.deliveries() == 2
    assert room.kept() == []


class CutError(Exception):
    """The process ends here."""


def cut(*_: object, **__: object) -> None:
    raise CutError


class CutClaims(RenameClaims):
    """The claims of a process that ends before it has the file."""

    move_in = write_in = cut  # type: ignore[assignment]  # whatever it was asked


@pytest.mark.parametrize("kept", [True, False])
def test_a_retry_that_was_cut_before_it_had_the_file_is_completed_by_the_next(room: Newsroom, *, kept: bool) -> None:
    old = room.fail()
    if not kept:
        (room.quarantine / "wire" / "story.txt").unlink()
    dying = replace(room.desk, claims=CutClaims(room.inbox, "dying"))
    with pytest.raises(CutError):
        retry(old, deposit=dying, by=BY)
    dying.claims.close()

    new = room.retry(old)

    assert room.record(old).retried_as == new.id
    assert room.deliveries() == 2


class CutArchive(MemoryArchive):
    """The archive of a process that ends before it has written."""

    put = cut  # type: ignore[assignment]  # whatever it was asked


@pytest.mark.parametrize("same_name", [True, False])
def test_a_retry_that_was_cut_when_it_had_the_file_is_completed_by_a_watcher(
    room: Newsroom, *, same_name: bool
) -> None:
    if not same_name:
        room.fail(content="another")
    old = room.fail()
    dying = room.deposit("dying", archive=CutArchive())
    with pytest.raises(CutError):
        retry(old, deposit=dying, by=BY)
    with pytest.raises(NotRetriedError, match="already"):
        room.retry(old)
    dying.claims.close()

    assert room.watcher.claims.take_over() == 1
    for claim in room.watcher.claims.pending():
        new = room.watcher.take_in(claim, by=WATCHER)

    assert (new.path, new.retry_of) == ("wire/story.txt", old)
    assert room.record(old).retried_as == new.id
    assert room.kept() == ([] if same_name else ["wire/story.txt", "wire/story.txt.error.json"])


def test_moving_a_file_back_by_hand_does_the_same(room: Newsroom) -> None:
    old = room.fail()
    (room.quarantine / "wire" / "story.txt").rename(room.inbox / "wire" / "story.txt")

    new = room.take("wire/story.txt")

    assert new.retry_of == old
    assert room.record(old).retried_as == new.id
    assert room.kept() == []


def test_the_command_in_the_report_moves_the_file_back(room: Newsroom) -> None:
    room.fail(content="first")
    old = room.fail("wire/story.txt", "second")
    report = Report.model_validate_json((room.quarantine / "wire" / "story.2.txt.error.json").read_bytes())
    _, source, target = report.retry[-1].partition(": ")[2].split()

    (room.folder / source).rename(room.folder / target / Path(source).name)
    new = room.take("wire/story.2.txt")

    assert new.retry_of == old
    assert room.content_of(new) == "second"


def test_a_new_file_of_the_name_of_one_that_lies_in_quarantine_is_no_retry(room: Newsroom) -> None:
    old = room.fail()

    new = room.drop(content="another")

    assert new.retry_of is None
    assert room.record(old).retried_as is None
    assert room.kept() == ["wire/story.txt", "wire/story.txt.error.json"]


def test_a_report_without_its_file_is_left_alone_while_the_delivery_has_not_ended(room: Newsroom) -> None:
    going = room.drop()
    report = report_of(going, BROKEN, room.clock)
    room.intake.quarantine.add_content(io.BytesIO(b"story"), path=going.path, report=report)
    (room.quarantine / "wire" / "story.txt").unlink()

    new = room.drop(content="another")

    assert new.retry_of is None
    assert room.kept() == ["wire/story.txt.error.json"]


def test_a_file_brought_back_by_hand_after_a_retry_from_the_archive_is_a_delivery_of_its_own(room: Newsroom) -> None:
    old = room.fail()
    aside = (room.quarantine / "wire" / "story.txt").rename(room.folder / "aside.txt")
    first = room.retry(old)
    aside.rename(room.inbox / "wire" / "story.txt")

    second = room.take("wire/story.txt")

    assert second.retry_of is None
    assert room.record(old).retried_as == first.id
    assert room.deliveries() == 3


def test_a_folder_that_cannot_be_written_is_tried_again_later(room: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    old = room.fail()

    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", refuse)
        with pytest.raises(TransientError, match="read and write permission"):
            room.retry(old)

    assert "wire/story.txt" in room.kept()


def test_a_quarantine_on_another_disk_is_copied_from(room: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    old = room.fail()
    rename = Path.rename

    def cross(file: Path, target: Path) -> Path:
        if file.is_relative_to(room.quarantine):
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return rename(file, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", cross)
        new = room.retry(old)

    assert room.content_of(new) == "story"
    assert room.kept() == []
    assert room.unfinished() == []


def test_all_that_failed_and_was_not_retried_is_listed_oldest_first(room: Newsroom) -> None:
    broken = [room.fail(f"{number}.txt", f"story {number}") for number in range(3)]
    empty = room.drop("empty.txt", "").id
    room.drop("going.txt")
    room.retry(broken[1])

    found = all_failed(room.store.failed, FailedQuery())

    assert [each.id for each in found] == [broken[0], broken[2], empty]
    assert [each.id for each in all_failed(room.store.failed, FailedQuery(reason=Reason.EMPTY))] == [empty]


def test_the_report_says_where_it_failed_what_happened_before_and_how_to_retry(room: Newsroom) -> None:
    delivery = room.drop(content="")

    report = Report.model_validate_json(report_path(room.quarantine / "wire" / "story.txt").read_bytes())

    assert (report.stage, report.delivery_id) == ("watcher", delivery.id)
    assert [each.what for each in report.timeline] == [each.what for each in delivery.timeline]
    assert report.retry == (
        f"on the command line: copytaster retry {delivery.id}",
        f"by the API: POST /api/v1/deliveries/{delivery.id}/retry",
        "by hand, in the data folder: mv quarantine/wire/story.txt inbox/wire/",
    )
