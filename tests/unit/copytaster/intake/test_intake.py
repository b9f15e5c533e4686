from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from copytaster.archive.journal import MemoryJournal
from copytaster.archive.originals import MemoryArchive
from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.errors import TransientError
from copytaster.intake.admission import AdmissionRules
from copytaster.intake.claim import Claim
from copytaster.intake.file_intake import Candidate, Deposit, Intake
from copytaster.intake.printable_names import printable, source_of
from copytaster.intake.rename_claims import RenameClaims
from copytaster.intake.source_defaults import SourceDefaults
from copytaster.model.delivery import Delivery, DeliveryId, DeliveryState
from copytaster.model.disposition import Disposition, Reason
from copytaster.model.limits import Limits
from copytaster.model.work import FIRST_DUE, RecordingPublisher, Work
from copytaster.quarantine.file_names import report_path
from copytaster.quarantine.folder import FolderQuarantine
from copytaster.quarantine.port import Report
from copytaster.store.store import Store
from tests.factories import METADATA_READER, delivery_id

D1 = delivery_id(1)
BY = "watcher@one:1"
LIMIT = 100


@pytest.fixture
def store(clock: ManualClock) -> Store:
    return memory_store(clock)


@pytest.fixture
def intake(store: Store, clock: ManualClock, tmp_path: Path) -> Intake:
    return Intake(
        ledger=store.ledger,
        archive=MemoryArchive(),
        journal=MemoryJournal(),
        quarantine=FolderQuarantine(tmp_path / "quarantine"),
        clock=clock,
        admission=AdmissionRules(Limits(file_bytes=LIMIT)),
        source_defaults=SourceDefaults(tmp_path / "inbox", METADATA_READER),
        metadata_reader=METADATA_READER,
    )


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    (tmp_path / "inbox" / "wire").mkdir(parents=True)
    return tmp_path / "inbox"


@pytest.fixture
def claims(inbox: Path) -> Iterator[RenameClaims]:
    claims = RenameClaims(inbox, "one")
    yield claims
    claims.close()


def claimed(claims: RenameClaims, path: str) -> Claim:
    claim = claims.take(path, D1)
    assert claim
    return claim


def recorded(store: Store, delivery: DeliveryId = D1) -> Delivery:
    record = store.ledger.get(delivery)
    assert record
    assert store.ledger.balance().closed
    return record


def test_a_file_is_archived_recorded_and_due(
    intake: Intake, store: Store, claims: RenameClaims, inbox: Path, clock: ManualClock
) -> None:
    (inbox / "wire" / "story.txt").write_text("story")
    claim = claimed(claims, "wire/story.txt")

    due = intake.take(claim, by=BY)

    record = recorded(store)
    assert due
    assert record.sha256
    assert intake.archive.get(record.sha256) == b"story"
    assert (record.name, record.path, record.source, record.size) == ("story.txt", "wire/story.txt", "wire", 5)
    assert (record.received_at, record.due_at) == (clock.now(), clock.now() + FIRST_DUE)
    assert claim.file.exists()


def test_a_suspect_is_due_in_its_own_lane(intake: Intake, store: Store, claims: RenameClaims, inbox: Path) -> None:
    (inbox / "wire" / "story.txt").write_text("story")

    (lane,) = intake.take_many([Candidate(claimed(claims, "wire/story.txt"), suspect=True)], by=BY)

    assert lane is recorded(store).lane is Work.SUSPECT
    assert store.ledger.waiting(Work.SUSPECT) == 1


def make_fifo(path: str) -> None:
    os.mkfifo(path)


def make_link(path: str) -> None:
    Path(path).symlink_to("/etc/hostname")


def make_text(path: str, content: str = "story", mode: int = 0o644) -> None:
    Path(path).write_text(content)
    Path(path).chmod(mode)


REFUSALS: dict[str, tuple[str, Callable[[str], None], Disposition, Reason]] = {
    "pipe": ("pipe.txt", make_fifo, Disposition.REJECTED, Reason.NOT_A_FILE),
    "link": ("link.txt", make_link, Disposition.REJECTED, Reason.NOT_A_FILE),
    "empty": ("empty.txt", lambda path: make_text(path, ""), Disposition.REJECTED, Reason.EMPTY),
    "large": ("large.txt", lambda path: make_text(path, "x" * 101), Disposition.REJECTED, Reason.TOO_LARGE),
    "empty, reversed": ("a\u202etxt.sj", lambda path: make_text(path, ""), Disposition.REJECTED, Reason.EMPTY),
    "large, reversed": (
        "b\u202etxt.sj",
        lambda path: make_text(path, "x" * 101),
        Disposition.REJECTED,
        Reason.TOO_LARGE,
    ),
    "newline": ("two\nlines.txt", make_text, Disposition.REJECTED, Reason.BAD_NAME),
    "undecodable": (os.fsdecode(b"caf\xe9.txt"), make_text, Disposition.REJECTED, Reason.BAD_NAME),
    "locked": ("locked.txt", lambda path: make_text(path, mode=0), Disposition.QUARANTINED, Reason.UNREADABLE),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_is_refused_ends_at_the_door_and_lies_in_quarantine_with_a_report(
    intake: Intake, store: Store, claims: RenameClaims, inbox: Path, case: str
) -> None:
    name, make, disposition, reason = REFUSALS[case]
    make(f"{inbox}/wire/{name}")
    claim = claimed(claims, f"wire/{name}")

    due = intake.take(claim, by=BY)

    record = recorded(store)
    kept = inbox.parent / "quarantine" / "wire" / name
    report = Report.model_validate_json(kept.with_name(f"{name}.error.json").read_bytes())
    assert not due
    assert (record.state, record.disposition, record.reason) == (DeliveryState.SETTLED, disposition, reason)
    assert record.sha256 is None
    assert printable(name) in (record.message or "")
    assert (report.delivery_id, report.reason, report.path) == (D1, reason, printable(f"wire/{name}"))
    assert os.path.lexists(kept)
    assert not os.path.lexists(claim.file)
    assert store.ledger.waiting(Work.INGEST) == 0


def test_a_file_of_exactly_the_limit_is_taken(intake: Intake, claims: RenameClaims, inbox: Path) -> None:
    make_text(f"{inbox}/wire/full.txt", "x" * LIMIT)

    assert intake.take(claimed(claims, "wire/full.txt"), by=BY)


def test_a_file_in_the_inbox_itself_has_no_source(
    intake: Intake, store: Store, claims: RenameClaims, inbox: Path
) -> None:
    make_text(f"{inbox}/story.txt")

    intake.take(claimed(claims, "story.txt"), by=BY)

    assert recorded(store).source is None
    assert source_of("wire/deep/story.txt") == "wire"


class Failing:
    """A port that loses one call: before it acts, or after it has acted and before the answer came."""

    def __init__(self, port: Any, method: str, *, after: bool) -> None:
        self._port, self._method, self._after = port, method, after

    def __getattr__(self, name: str) -> Any:
        """Return the method of the port, the failing one in its place where it is meant."""
        real = getattr(self._port, name)
        if name != self._method:
            return real

        def fail(*arguments: Any, **named: Any) -> Any:
            self._method = ""
            if self._after:
                real(*arguments, **named)
            raise TransientError("cut off")

        return fail


CRASHES = [
    ("archive", "put_many"),
    ("journal", "append_many"),
    ("ledger", "register_many"),
    ("ledger", "settle"),
    ("quarantine", "add_file"),
]


@pytest.mark.parametrize(("port", "method"), CRASHES)
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("content", ["story", ""])
def test_taking_again_after_a_crash_at_any_step_gives_what_an_undisturbed_one_gives(  # noqa: PLR0913  # three fixtures, three cases
    intake: Intake,
    store: Store,
    claims: RenameClaims,
    inbox: Path,
    *,
    port: str,
    method: str,
    after: bool,
    content: str,
) -> None:
    make_text(f"{inbox}/wire/story.txt", content)
    claimed(claims, "wire/story.txt")
    failing: Any = Failing(getattr(intake, port), method, after=after)
    broken = replace(intake, **{port: failing})

    for _ in range(2):
        for claim in claims.pending():
            try:
                broken.take(claim, by=BY)
            except TransientError:
                continue
            claims.release(claim)

    record = recorded(store)
    assert list(claims.pending()) == []
    assert record.disposition is (None if content else Disposition.REJECTED)
    assert store.ledger.waiting(Work.INGEST) == (1 if content else 0)
    assert store.ledger.balance().seen == 1
    if content:
        assert record.sha256
        assert intake.archive.get(record.sha256) == b"story"
    else:
        assert [path.name for path in sorted((inbox.parent / "quarantine" / "wire").iterdir())] == [
            "story.txt",
            "story.txt.error.json",
        ]


@pytest.mark.parametrize(("port", "method"), [("ledger", "settle"), ("quarantine", "add_file")])
def test_a_refused_file_that_changes_before_it_is_in_quarantine_is_quarantined_with_its_content(  # noqa: PLR0913  # four fixtures, two cases
    intake: Intake, store: Store, claims: RenameClaims, inbox: Path, *, port: str, method: str
) -> None:
    make_text(f"{inbox}/wire/story.txt", "")
    claim = claimed(claims, "wire/story.txt")
    failing: Any = Failing(getattr(intake, port), method, after=False)
    with pytest.raises(TransientError):
        replace(intake, **{port: failing}).take(claim, by=BY)
    claim.file.write_text("story")  # its writer, which has it open

    (changed,) = claims.pending()
    lane = intake.take(changed, by=BY)
    claims.release(changed)

    record, quarantined = recorded(store), inbox.parent / "quarantine" / "wire" / "story.txt"
    report = Report.model_validate_json(report_path(quarantined).read_bytes())
    assert (lane, quarantined.read_text()) == (None, "story")
    assert record.disposition
    assert record.disposition.keeps_file
    assert (report.reason, report.size) == (record.reason, 0)
    assert [each.refusal and each.refusal.reason for each in intake.journal.entries(since=None)] == [record.reason]


GROUP = {"one.txt": "one", "empty.txt": "", "two.txt": "two", "same.txt": "one"}


@pytest.mark.parametrize(("port", "method"), CRASHES)
@pytest.mark.parametrize("after", [False, True])
def test_a_group_taken_again_after_a_crash_at_any_step_is_what_an_undisturbed_one_is(  # noqa: PLR0913  # four fixtures, three cases
    intake: Intake, store: Store, claims: RenameClaims, inbox: Path, *, port: str, method: str, after: bool
) -> None:
    for number, (name, content) in enumerate(GROUP.items(), 1):
        make_text(f"{inbox}/wire/{name}", content)
        assert claims.take(f"wire/{name}", delivery_id(number))
    failing: Any = Failing(getattr(intake, port), method, after=after)
    broken = replace(intake, **{port: failing})

    with pytest.raises(TransientError):
        broken.take_many(list(map(Candidate, claims.pending())), by=BY)
    lanes = broken.take_many(list(map(Candidate, claims.pending())), by=BY)

    records = [recorded(store, delivery_id(number)) for number in range(1, len(GROUP) + 1)]
    assert {lane: lanes.count(lane) for lane in lanes} in ({Work.INGEST: 3, None: 1}, {Work.INGEST: 3})
    assert [each.reason for each in records] == [None, Reason.EMPTY, None, None]
    assert [intake.archive.get(each.sha256).decode() for each in records if each.sha256] == ["one", "two", "one"]
    assert (store.ledger.balance().seen, store.ledger.waiting(Work.INGEST)) == (len(GROUP), 3)
    assert len(list(intake.journal.entries(since=None))) == len(GROUP)


class Witness:
    """A port that notes which of its methods are called, in the order of all ports."""

    def __init__(self, port: Any, calls: list[str]) -> None:
        self._port, self._calls = port, calls

    def __getattr__(self, name: str) -> Any:
        """Return the method of the port."""
        self._calls.append(name)
        return getattr(self._port, name)


def test_a_group_is_archived_then_journalled_and_registered_last_each_in_one_call(
    intake: Intake, claims: RenameClaims, inbox: Path
) -> None:
    calls = list[str]()
    ports = {name: Witness(getattr(intake, name), calls) for name in ("archive", "journal", "ledger")}
    for number in range(5):
        make_text(f"{inbox}/wire/{number}.txt", f"story {number}")
        assert claims.take(f"wire/{number}.txt", delivery_id(number))

    replace(intake, **ports).take_many(list(map(Candidate, claims.pending())), by=BY)  # type: ignore[arg-type]  # stand-ins

    assert calls == ["put_many", "append_many", "register_many"]


class WritingArchive(MemoryArchive):
    """An archive beside which somebody goes on writing to the very file."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def put_many(self, files: Sequence[BinaryIO]) -> list[str]:
        """Keep the bytes, then let the file grow."""
        digests = super().put_many(files)
        with self._path.open("a") as more:
            more.write("more")
        return digests


def test_a_file_that_grows_while_it_is_read_is_taken_later(
    intake: Intake, store: Store, claims: RenameClaims, inbox: Path
) -> None:
    make_text(f"{inbox}/wire/story.txt")
    claim = claimed(claims, "wire/story.txt")

    with pytest.raises(TransientError, match="changed while it was read"):
        replace(intake, archive=WritingArchive(claim.file)).take(claim, by=BY)
    with pytest.raises(TransientError, match="has changed since it was claimed"):
        intake.take(claim, by=BY)
    due = intake.take(next(claims.pending()), by=BY)

    record = recorded(store)
    assert due
    assert record.sha256
    assert intake.archive.get(record.sha256) == b"storymore"


def test_a_claimed_file_that_somebody_removes_hurts_nothing_else(
    intake: Intake, claims: RenameClaims, inbox: Path
) -> None:
    make_text(f"{inbox}/wire/story.txt")
    claim = claimed(claims, "wire/story.txt")
    claim.file.unlink()

    with pytest.raises(TransientError, match=r"wire/story\.txt"):
        intake.take(claim, by=BY)


def test_a_deposit_delivers_a_copy_and_wakes_a_worker(intake: Intake, claims: RenameClaims, tmp_path: Path) -> None:
    file = tmp_path / "elsewhere.txt"
    make_text(str(file))
    publisher = RecordingPublisher()
    deposit = Deposit(intake=intake, claims=claims, publisher=publisher)

    delivery = deposit.copy_in(file, path="desk/elsewhere.txt", by="ingest@one:1")

    assert (delivery.path, delivery.source, delivery.state) == ("desk/elsewhere.txt", "desk", DeliveryState.WAITING)
    assert publisher.published == [(Work.INGEST, delivery.id)]
    assert file.read_text() == "story"
    assert list(claims.pending()) == []


def test_a_deposit_that_is_refused_wakes_nobody(intake: Intake, claims: RenameClaims, tmp_path: Path) -> None:
    file = tmp_path / "empty.txt"
    make_text(str(file), "")
    publisher = RecordingPublisher()

    delivery = Deposit(intake=intake, claims=claims, publisher=publisher).copy_in(file, path="empty.txt", by="x")

    assert delivery.reason is Reason.EMPTY
    assert publisher.published == []
    assert file.exists()


def test_a_name_with_marks_of_direction_is_taken_in_under_its_escaped_name(
    intake: Intake, store: Store, claims: RenameClaims, inbox: Path
) -> None:
    make_text(f"{inbox}/wire/evil\u202etxt.html")

    due = intake.take(claimed(claims, "wire/evil\u202etxt.html"), by=BY)

    assert due
    assert recorded(store).path == "wire/evil\\u202etxt.html"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("wire/story.txt", "wire/story.txt"),
        ("Żółw 名.txt", "Żółw 名.txt"),
        ("two\nlines", "two\\nlines"),
        ("\udce9", "\\udce9"),
        ("a\u2028b\x7f", "a\\u2028b\\x7f"),
    ],
)
def test_names_are_printable_in_one_line(path: str, expected: str) -> None:
    assert printable(path) == expected
    assert printable(path).encode()
