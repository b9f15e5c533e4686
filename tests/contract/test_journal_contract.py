from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import fsspec
import pytest

from copytaster.archive.damage import Damage, DamageKind, FilesystemDamages
from copytaster.archive.journal import FilesystemJournal, Journal, JournalEntry, MemoryJournal, StoreMark, journal_entry
from copytaster.archive.placements import FilesystemPlacements, PlacedGroup
from copytaster.errors import TransientError
from copytaster.model.delivery import Outcome
from copytaster.model.disposition import Disposition, Reason
from copytaster.model.file_state import FileState
from copytaster.model.metadata import FolderDefaults, Metadata
from tests.factories import START, a_delivery, delivery_id

NIGHT = datetime(2026, 3, 31, 23, 59, 59, tzinfo=UTC)
REFUSAL = Outcome(disposition=Disposition.REJECTED, reason=Reason.EMPTY, message="story.txt is empty (0 bytes)")


@pytest.fixture(params=["memory", "folder", "fsspec", "s3"])
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Journal:
    if request.param == "memory":
        return MemoryJournal()
    if request.param == "folder":
        return FilesystemJournal(f"file://{tmp_path}/with space/[archive]")
    if request.param == "s3":
        return FilesystemJournal(request.getfixturevalue("bucket"))
    return FilesystemJournal(f"memory://{tmp_path.name}/archive")


def an_entry(number: int, received_at: datetime = START, refusal: Outcome | None = None) -> JournalEntry:
    return journal_entry(a_delivery(number, received_at=received_at, sha256=None if refusal else "ab" * 32), refusal)


def everything(journal: Journal) -> list[JournalEntry]:
    return list(journal.entries(since=None))


def test_an_empty_journal_has_no_entries_and_no_mark(journal: Journal) -> None:
    assert everything(journal) == []
    assert journal.mark() is None


def test_entries_are_read_back_with_the_refusal(journal: Journal) -> None:
    entries = [
        an_entry(1),
        an_entry(2, refusal=REFUSAL),
        journal_entry(a_delivery(3, path="top.txt", source=None), None),
    ]

    for each in entries:
        journal.append(each)

    assert everything(journal) == entries
    assert entries[0].delivery() == a_delivery(1)


def test_entries_written_together_are_read_back_from_their_days(journal: Journal) -> None:
    journal.append(an_entry(1))
    together = [an_entry(number, NIGHT + timedelta(seconds=number)) for number in range(2, 6)]

    journal.append_many(together)

    assert sorted(each.id for each in everything(journal)) == [delivery_id(number) for number in range(1, 6)]
    assert len(journal.days()) == len({f"{each.received_at:%Y/%m/%d}" for each in [an_entry(1), *together]}) > 1
    assert all(not journal.read(day).bad for day in journal.days())


def test_entries_written_together_are_synced_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal, synced = FilesystemJournal(f"file://{tmp_path}"), list[int]()
    journal.append(an_entry(1))  # creates the file and its folders
    fsync = os.fsync

    def recording(descriptor: int) -> None:
        synced.append(descriptor)
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", recording)

    journal.append_many([an_entry(number) for number in range(2, 22)])

    assert len(synced) == 1
    assert len(everything(journal)) == 21


def a_dismissal(received_at: datetime = START) -> JournalEntry:
    return an_entry(1, received_at).model_copy(update={"dismissed_by": "Anna"})


def test_a_dismissal_counts_whatever_the_order_in_which_entries_are_read(tmp_path: Path) -> None:
    journal = FilesystemJournal(f"file://{tmp_path}")
    journal.append(a_dismissal())
    journal.append(an_entry(1))

    assert [each.dismissed_by for each in everything(journal)] == ["Anna"]


def test_a_dismissal_counts_also_if_the_delivery_was_journalled_again_after_its_registration(journal: Journal) -> None:
    for received_at in (START, START + timedelta(seconds=5)):
        journal.append(an_entry(1, received_at))
    journal.append(a_dismissal())

    assert everything(journal) == [a_dismissal()]


def test_a_dismissed_file_that_stays_in_the_inbox_is_still_known_as_taken(journal: Journal) -> None:
    file = FileState(device=8, inode=12, size=345, modified=678)
    journal.append(an_entry(1).model_copy(update={"file": file}))

    journal.append(a_dismissal())

    assert everything(journal) == [a_dismissal().model_copy(update={"file": file})]
    assert len(journal.read("2026/01/01").entries) == 1


def test_a_day_is_removed_with_all_its_entries(journal: Journal) -> None:
    entries = [an_entry(number, received_at=START + timedelta(days=number // 3)) for number in range(1, 5)]
    for each in entries:
        journal.append(each)

    for _ in range(2):
        journal.remove("2026/01/01")

    assert (journal.days(), everything(journal)) == (["2026/01/02"], entries[2:])
    journal.append(entries[0])
    assert everything(journal) == [entries[0], *entries[2:]]


def test_sidecar_metadata_is_read_back(journal: Journal) -> None:
    said = Metadata(title="Ferry returns", published_at=START, keywords=("ferry",))
    delivery = a_delivery(1, sidecar="cd" * 32, metadata=said, folder_defaults=FolderDefaults(language="en"))

    journal.append(journal_entry(delivery, None))

    assert [each.delivery() for each in everything(journal)] == [delivery]


def test_entries_come_in_the_order_of_receipt_over_days_and_years(journal: Journal) -> None:
    moments = [START - timedelta(seconds=1), START, NIGHT, NIGHT + timedelta(seconds=2), NIGHT + timedelta(days=400)]

    for number in (3, 0, 4, 2, 1):
        journal.append(an_entry(9 - number, moments[number]))

    assert [each.received_at for each in everything(journal)] == moments


def test_only_entries_received_since_the_given_time_are_read(journal: Journal) -> None:
    for number in range(4):
        journal.append(an_entry(number, NIGHT + timedelta(seconds=number)))

    since = NIGHT + timedelta(seconds=1)

    assert [each.id for each in journal.entries(since=since)] == [delivery_id(number) for number in (1, 2, 3)]


def test_of_two_entries_about_one_delivery_the_last_counts(journal: Journal) -> None:
    journal.append(an_entry(1, refusal=REFUSAL))
    journal.append(an_entry(1, START + timedelta(seconds=5)))

    assert everything(journal) == [an_entry(1, START + timedelta(seconds=5))]


def test_the_last_mark_is_read_back_and_is_not_an_entry(journal: Journal) -> None:
    journal.append(an_entry(1))

    journal.set_mark(StoreMark("e1", "r1"))
    journal.set_mark(StoreMark("e1", "r2"))

    assert journal.mark() == StoreMark("e1", "r2")
    assert everything(journal) == [an_entry(1)]


def test_several_processes_write_at_the_same_time(tmp_path: Path) -> None:
    address = f"file://{tmp_path}"
    one, other = FilesystemJournal(address), FilesystemJournal(address)

    for number, journal in enumerate((one, other, one, other)):
        journal.append(an_entry(number, START + timedelta(seconds=number)))

    assert [each.id for each in everything(FilesystemJournal(address))] == [delivery_id(number) for number in range(4)]
    assert len(list(tmp_path.rglob("*.jsonl"))) == 2


def test_a_truncated_line_does_not_affect_other_lines(tmp_path: Path) -> None:
    journal = FilesystemJournal(f"file://{tmp_path}")
    journal.append(an_entry(1))
    (file,) = tmp_path.rglob("*.jsonl")
    with file.open("ab") as out:
        out.write(b'\n{"id":"d0002","path":"wi')

    journal.append(an_entry(3))

    assert everything(journal) == [an_entry(1), an_entry(3)]


def test_a_journal_that_is_deleted_while_in_use_is_created_again(tmp_path: Path) -> None:
    journal = FilesystemJournal(f"file://{tmp_path}")
    journal.append(an_entry(1))
    shutil.rmtree(tmp_path / "journal")

    journal.append(an_entry(2))

    assert everything(journal) == [an_entry(2)]


def test_an_unreadable_mark_counts_as_none(tmp_path: Path) -> None:
    journal = FilesystemJournal(f"file://{tmp_path}")
    journal.set_mark(StoreMark("e1", "r1"))
    (tmp_path / "journal" / "store.json").write_text('{"epoch"')

    assert journal.mark() is None


def test_a_journal_that_cannot_be_written_is_an_outage(tmp_path: Path) -> None:
    (tmp_path / "archive").write_text("a file where the folder should be")
    journal = FilesystemJournal(f"file://{tmp_path}/archive")

    with pytest.raises(TransientError, match="journal"):
        journal.append(an_entry(1))
    with pytest.raises(TransientError, match="journal"):
        journal.set_mark(StoreMark("e1", "r1"))


def age(file: Path) -> None:
    """Set the modification time of a file to an hour before now, when no process writes it any more."""
    changed = file.stat().st_mtime - 3600
    os.utime(file, (changed, changed))


def damages(address: str) -> list[Damage]:
    return FilesystemDamages(address).open()


def test_the_days_and_their_entries_can_be_read_one_by_one(journal: Journal) -> None:
    moments = [NIGHT + timedelta(seconds=2), NIGHT, NIGHT - timedelta(seconds=1)]
    for number, received_at in enumerate(moments):
        journal.append(an_entry(number, received_at))

    assert journal.days() == ["2026/03/31", "2026/04/01"]
    assert [each.id for each in journal.read("2026/03/31").entries] == [delivery_id(2), delivery_id(1)]
    assert [each.id for each in journal.read("2026/04/01").entries] == [delivery_id(0)]
    assert journal.read("2026/04/02").entries == []


@pytest.mark.parametrize("address", ["file://{}", "memory://{}"])
@pytest.mark.parametrize("place", ["path", "sum", "separator"])
def test_a_changed_byte_in_a_line_is_found_and_named(tmp_path: Path, address: str, place: str) -> None:
    where = address.format(tmp_path)
    journal = FilesystemJournal(where)
    journal.append(an_entry(1))
    filesystem, root = fsspec.core.url_to_fs(where)
    (file,) = filesystem.find(f"{root}/journal")
    content = bytearray(filesystem.cat_file(file))
    position = {"path": content.index(b"wire/"), "sum": len(content) - 3, "separator": content.index(b"\t")}[place]
    content[position] ^= 1
    filesystem.pipe_file(file, bytes(content))
    if address.startswith("file"):
        age(Path(file))

    assert everything(journal) == []
    (damage,) = damages(where)
    assert (damage.kind, damage.delivery_id, damage.sha256) == (DamageKind.JOURNAL_LINE, delivery_id(1), "ab" * 32)
    assert file.rsplit("/", 1)[-1] in damage.place
    assert delivery_id(1) in damage.message


def test_a_line_without_a_checksum_is_still_read(tmp_path: Path) -> None:
    folder = tmp_path / "journal" / "2026" / "01" / "01"
    folder.mkdir(parents=True)
    (folder / "old.jsonl").write_text(f"\n{an_entry(1).model_dump_json(exclude_none=True)}")

    assert everything(FilesystemJournal(f"file://{tmp_path}")) == [an_entry(1)]
    assert damages(f"file://{tmp_path}") == []


def test_a_truncated_line_is_no_damage_once_its_delivery_is_journalled_again(tmp_path: Path) -> None:
    first, second = (FilesystemJournal(f"file://{tmp_path}") for _ in range(2))
    first.append(an_entry(1))
    (file,) = tmp_path.rglob("*.jsonl")
    file.write_bytes(file.read_bytes()[:-40])
    age(file)
    second.append(an_entry(1))

    assert everything(first) == [an_entry(1)]
    assert damages(f"file://{tmp_path}") == []


def test_the_last_line_of_a_file_that_is_being_written_is_no_damage_yet(tmp_path: Path) -> None:
    journal = FilesystemJournal(f"file://{tmp_path}")
    journal.append(an_entry(1))
    (file,) = tmp_path.rglob("*.jsonl")
    with file.open("ab") as out:
        out.write(b'\n{"id":"d0002","path":"wi')

    written = (everything(journal), damages(f"file://{tmp_path}"))
    age(file)

    assert written == ([an_entry(1)], [])
    assert everything(journal) == [an_entry(1)]
    assert [each.kind for each in damages(f"file://{tmp_path}")] == [DamageKind.JOURNAL_LINE]


def test_the_last_line_of_a_file_from_a_clock_that_was_set_back_since_is_damage(tmp_path: Path) -> None:
    journal = FilesystemJournal(f"file://{tmp_path}")
    journal.append(an_entry(1))
    (file,) = tmp_path.rglob("*.jsonl")
    file.write_bytes(file.read_bytes()[:-40])
    next_year = datetime.now(UTC).timestamp() + timedelta(days=365).total_seconds()
    os.utime(file, (next_year, next_year))

    assert everything(journal) == []
    assert [each.kind for each in damages(f"file://{tmp_path}")] == [DamageKind.JOURNAL_LINE]


@pytest.mark.parametrize("is_recent", [True, False])
def test_zeros_in_place_of_the_last_append_do_not_damage_the_line_before(tmp_path: Path, *, is_recent: bool) -> None:
    journal, placements = FilesystemJournal(f"file://{tmp_path}"), FilesystemPlacements(f"file://{tmp_path}")
    group = PlacedGroup(at=START, placements=())
    journal.append(an_entry(1))
    placements.record(group)
    for file in tmp_path.rglob("*.jsonl"):
        file.write_bytes(file.read_bytes() + bytes(400))
        if not is_recent:
            age(file)

    assert everything(journal) == [an_entry(1)]
    assert placements.read("2026/01/01") == [group]
    assert [each.delivery_id for each in damages(f"file://{tmp_path}")] == ([] if is_recent else [None])


@pytest.mark.parametrize(("deleted", "missing"), [((2,), "1 missing"), ((2, 3), "2 missing"), ((1,), "1 missing")])
def test_deleted_lines_leave_a_gap_in_the_numbers(tmp_path: Path, deleted: tuple[int, ...], missing: str) -> None:
    journal = FilesystemJournal(f"file://{tmp_path}")
    for number in range(1, 6):
        journal.append(an_entry(number))
    (file,) = tmp_path.rglob("*.jsonl")
    lines = file.read_bytes().split(b"\n")
    file.write_bytes(b"\n".join(line for number, line in enumerate(lines) if number not in deleted))

    assert [each.id for each in everything(journal)] == [
        delivery_id(number) for number in range(1, 6) if number not in deleted
    ]
    (damage,) = damages(f"file://{tmp_path}")
    assert (damage.kind, damage.found, damage.delivery_id) == (DamageKind.JOURNAL_LINE, missing, None)


def test_changed_lines_are_no_gap_in_the_numbers(tmp_path: Path) -> None:
    journal = FilesystemJournal(f"file://{tmp_path}")
    for number in range(1, 6):
        journal.append(an_entry(number))
    (file,) = tmp_path.rglob("*.jsonl")
    file.write_bytes(file.read_bytes().replace(delivery_id(3).encode(), delivery_id(7).encode()))

    assert len(everything(journal)) == 4
    assert [each.delivery_id for each in damages(f"file://{tmp_path}")] == [delivery_id(7)]


FOREIGN = [
    "journal/2026/01/01/@eaDir/a.jsonl@SynoEAStream",
    "journal/2026/01/01/.DS_Store",
    "journal/2026/01/01/._a.jsonl",
    "journal/2026/01/01/Thumbs.db",
    "journal/2026/01/.DS_Store",
    "journal/2026/01/@eaDir/01",
    "journal/2026/@eaDir/01/a",
    "journal/@eaDir/2026/01/a",
    "journal/2026/02/31/a.jsonl",
    "placements/2026/01/01/@eaDir/a",
    "placements/2026/01/.DS_Store",
]


@pytest.mark.parametrize("place", FOREIGN)
def test_what_other_programs_leave_in_the_archive_is_no_entry_no_day_and_no_damage(tmp_path: Path, place: str) -> None:
    address = f"file://{tmp_path}"
    journal, placements = FilesystemJournal(address), FilesystemPlacements(address)
    group = PlacedGroup(at=START, placements=())
    journal.append(an_entry(1))
    placements.record(group)
    foreign = tmp_path / place
    foreign.parent.mkdir(parents=True, exist_ok=True)
    foreign.write_bytes(b"\0\1\n\2")
    age(foreign)

    assert everything(journal) == [an_entry(1)]
    assert (journal.days(), placements.days()) == (["2026/01/01"], ["2026/01/01"])
    assert placements.read("2026/01/01") == [group]
    assert damages(address) == []
    journal.remove("2026/01/01")
    assert everything(journal) == []
