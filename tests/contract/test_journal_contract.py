from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from copytaster.archive.journal import FilesystemJournal, Journal, JournalEntry, MemoryJournal, StoreMark, journal_entry
from copytaster.errors import TransientError
from copytaster.model.delivery import Outcome
from copytaster.model.disposition import Disposition, Reason
from copytaster.model.metadata import FolderDefaults, Metadata
from tests.factories import START, a_delivery, delivery_id

NIGHT = datetime(2026, 3, 31, 23, 59, 59, tzinfo=UTC)
REFUSAL = Outcome(disposition=Disposition.REJECTED, reason=Reason.EMPTY, message="story.txt is empty (0 bytes)")


@pytest.fixture(params=["memory", "folder", "fsspec"])
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Journal:
    if request.param == "memory":
        return MemoryJournal()
    if request.param == "folder":
        return FilesystemJournal(f"file://{tmp_path}/with space/[archive]")
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
