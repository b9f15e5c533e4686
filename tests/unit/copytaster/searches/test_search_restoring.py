"""The server has the searches of the archive, whatever it has lost and whoever died between two writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from copytaster.archive.standing_searches import FilesystemSearchFiles, MemorySearchFiles
from copytaster.clock import ManualClock
from copytaster.errors import TransientError
from copytaster.model.standing_search import SearchId, StandingSearch
from copytaster.searches import restoring
from copytaster.searches.restoring import EVERY, SearchRestoring
from copytaster.store.ports.standing_searches import StandingSearches
from tests.factories import START
from tests.unit.copytaster.searches.matching_desk import MatchingDesk


def a_search(number: int) -> StandingSearch:
    return StandingSearch(id=SearchId(f"q{number:018x}"), name="port", q="harbour", created_at=START, by="ann")


def run(files: MemorySearchFiles, searches: StandingSearches, clock: ManualClock, *, steps: int = 1) -> SearchRestoring:
    made = SearchRestoring(files, searches, clock)
    for _ in range(steps):
        made.step()
    return made


def test_searches_are_brought_to_the_server_in_parts_and_it_is_complete_after_the_last(
    desk: MatchingDesk, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restoring, "FILES", 2)
    written = [a_search(number) for number in range(1, 6)]
    for each in written:
        desk.files.write(each)
    made = SearchRestoring(desk.files, desk.store.searches, clock)

    states = []
    for _ in range(4):
        made.step()
        states.append((desk.store.searches.count(), desk.store.searches.version().generation is not None))

    assert states == [(2, False), (4, False), (5, True), (5, True)]
    assert desk.store.searches.get(written[4].id) == written[4]


def test_changes_that_a_death_has_interrupted_are_completed_later(desk: MatchingDesk, clock: ManualClock) -> None:
    kept, removed = desk.create("wall"), desk.create("ferry")
    made = run(desk.files, desk.store.searches, clock)
    desk.files.write(a_search(1))
    desk.files.remove(removed)

    made.step()
    before = desk.store.searches.ids()
    clock.advance(seconds=EVERY.total_seconds())
    made.step()

    assert before == sorted([kept, removed])
    assert desk.store.searches.ids() == sorted([a_search(1).id, kept])


def test_a_restored_server_gets_searches_as_people_have_switched_them_since(
    desk: MatchingDesk, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restoring, "FILES", 2)
    written = [a_search(number) for number in range(1, 5)]
    desk.store.searches.write(written)
    switched = [each.model_copy(update={"on_since": START}) for each in written]
    for each in switched:
        desk.files.write(each)
    made = SearchRestoring(desk.files, desk.store.searches, clock)

    for _ in range(2):
        made.step()
        clock.advance(seconds=EVERY.total_seconds())
    number = desk.store.searches.version().number
    made.step()

    assert [desk.store.searches.get(each.id) for each in switched] == switched
    assert desk.store.searches.version().number == number


class ChangingFiles(MemorySearchFiles):
    """Files of which one is deleted, with its search, while they are read."""

    def __init__(self, searches: StandingSearches) -> None:
        super().__init__()
        self.searches = searches

    def read(self, search_id: SearchId) -> StandingSearch | None:
        found = super().read(search_id)
        for each in list(self.ids()):
            self.searches.write([a_search(99)])
            self.remove(each)
        return found


def test_what_is_deleted_meanwhile_is_not_brought_back(desk: MatchingDesk, clock: ManualClock) -> None:
    files = ChangingFiles(desk.store.searches)
    files.write(a_search(1))

    made = run(files, desk.store.searches, clock)
    between = desk.store.searches.ids()
    made.step()

    assert between == [a_search(99).id]
    assert (desk.store.searches.ids(), desk.store.searches.version().generation is not None) == ([], True)


@pytest.mark.parametrize("restarted", [False, True])
def test_searches_stay_while_the_disk_of_the_archive_is_not_mounted(
    desk: MatchingDesk, clock: ManualClock, tmp_path: Path, restarted: bool
) -> None:
    archive, disk = tmp_path / "archive", tmp_path / "disk"
    files = FilesystemSearchFiles(f"file://{archive}")
    files.write(a_search(1))
    made = SearchRestoring(files, desk.store.searches, clock)
    made.step()
    archive.rename(disk)
    archive.mkdir()
    if restarted:
        made = SearchRestoring(FilesystemSearchFiles(f"file://{archive}"), desk.store.searches, clock)
    clock.advance(seconds=EVERY.total_seconds())

    with pytest.raises(TransientError, match="not mounted"):
        made.step()
    assert desk.store.searches.ids() == [a_search(1).id]
    archive.rmdir()
    disk.rename(archive)
    files.remove(a_search(1).id)
    clock.advance(seconds=EVERY.total_seconds())
    made.step()
    assert desk.store.searches.ids() == []


def test_a_damaged_file_is_named_and_stops_no_other(desk: MatchingDesk, clock: ManualClock, tmp_path: Path) -> None:
    files = FilesystemSearchFiles(f"file://{tmp_path}/archive")
    for number in (1, 2):
        files.write(a_search(number))
    file = tmp_path / f"archive/searches/{a_search(1).id}.json"
    file.write_bytes(file.read_bytes().replace(b"harbour", b"airport"))
    made = SearchRestoring(files, desk.store.searches, clock)

    made.step()
    damaged = made.damaged
    files.write(a_search(1))
    clock.advance(seconds=EVERY.total_seconds())
    made.step()

    assert [f"searches/{a_search(1).id}.json" in each for each in damaged] == [True]
    assert (desk.store.searches.ids(), made.damaged) == ([a_search(1).id, a_search(2).id], ())
