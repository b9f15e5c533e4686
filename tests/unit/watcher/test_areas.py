from __future__ import annotations

import tracemalloc
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from copytaster.clock import ManualClock
from copytaster.intake.lanes import BACKFILL_FOLDER
from copytaster_watcher.areas import PAUSE_TIMES, Area
from copytaster_watcher.discovery.arrivals import Arrivals
from copytaster_watcher.discovery.scan import FolderScan, InboxFile
from copytaster_watcher.readiness.completeness.patience import Waits
from copytaster_watcher.readiness.stability import StabilityTracker
from tests.factories import START, finished_files

SETTLE = timedelta(seconds=1)
WAITS = Waits(settle=SETTLE, empty=timedelta(seconds=10), incomplete=timedelta(seconds=60))

MAX_KEPT_BYTES, MAX_PEAK_BYTES = 600, 1_000
"""Of a waiting file, and of a waiting file while it is scanned: 420 and 620 with Python 3.11."""


class SlowScan(FolderScan):
    """A scan that takes some time, and counts how often it ran."""

    def __init__(self, inbox: Path, clock: ManualClock, seconds: float) -> None:
        super().__init__(inbox, only=BACKFILL_FOLDER)
        self._clock = clock
        self.seconds = seconds
        self.scans = 0

    def __call__(self) -> dict[str, InboxFile]:
        """Return the files after a while."""
        self._clock.advance(seconds=self.seconds)
        self.scans += 1
        return super().__call__()


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    inbox = tmp_path / "inbox"
    drop(inbox, "wire/live.txt")
    return inbox


def drop(inbox: Path, path: str) -> None:
    (inbox / path).parent.mkdir(parents=True, exist_ok=True)
    (inbox / path).write_text("A story.")


def look(area: Area) -> None:
    def unordered(_: Mapping[str, InboxFile], quiet: Mapping[str, timedelta]) -> Mapping[str, timedelta]:
        return quiet

    area.look(set, unordered, START)


def backfill_area(inbox: Path, clock: ManualClock, seconds: float) -> tuple[Area, SlowScan]:
    scan = SlowScan(inbox, clock, seconds)
    stability = StabilityTracker(SETTLE, Arrivals(clock))
    return Area(scan, stability, finished_files(inbox, WAITS, clock), clock, is_backfill=True), scan


def test_the_scans_of_two_areas_find_each_file_once(inbox: Path) -> None:
    drop(inbox, "_backfill/old.txt")
    drop(inbox, "_backfill/kestrel/_backfill/old.txt")
    drop(inbox, "kestrel/_backfill/live.txt")

    live, old = FolderScan(inbox, without=BACKFILL_FOLDER)(), FolderScan(inbox, only=BACKFILL_FOLDER)()

    assert sorted(live) == ["kestrel/_backfill/live.txt", "wire/live.txt"]
    assert sorted(old) == ["_backfill/kestrel/_backfill/old.txt", "_backfill/old.txt"]
    assert live | old == FolderScan(inbox)()


def test_a_folder_that_is_missing_has_no_files_and_is_no_fault(inbox: Path) -> None:
    scan = FolderScan(inbox, only=BACKFILL_FOLDER)

    assert scan() == {}
    assert scan.unreachable == {}


def test_a_link_in_place_of_the_folder_is_a_file_of_the_other_area(inbox: Path) -> None:
    (inbox / BACKFILL_FOLDER).symlink_to(inbox / "wire")

    assert FolderScan(inbox, only=BACKFILL_FOLDER)() == {}
    assert sorted(FolderScan(inbox, without=BACKFILL_FOLDER)()) == [BACKFILL_FOLDER, "wire/live.txt"]


def test_a_backfill_area_is_scanned_again_after_several_times_as_long_as_the_scan_took(
    inbox: Path, clock: ManualClock
) -> None:
    drop(inbox, "_backfill/old.txt")
    area, scan = backfill_area(inbox, clock, 0.2)
    scans = list[int]()

    for _ in range(2 * PAUSE_TIMES):
        look(area)
        scans.append(scan.scans)
        clock.advance(seconds=0.2)

    assert scans == [1] * PAUSE_TIMES + [2] * PAUSE_TIMES


def test_what_a_scan_has_found_is_picked_in_as_many_rounds_as_it_takes(inbox: Path, clock: ManualClock) -> None:
    for number in range(3):
        drop(inbox, f"_backfill/{number}.txt")
    area, scan = backfill_area(inbox, clock, 0)
    look(area)
    clock.advance(seconds=1)
    is_due, scan.seconds = area.next_look_in(), 0.2
    picked = list[str]()

    for _ in range(3):
        look(area)
        picked.append(next(filter(None, area.picks)).path)
        area.claimed()

    assert is_due == timedelta(0)
    assert sorted(picked) == [f"_backfill/{number}.txt" for number in range(3)]
    assert scan.scans == 2
    assert (area.waiting, area.backlog) == (0, 0)


def test_a_live_area_says_when_its_next_file_is_due_also_if_that_is_over(inbox: Path, clock: ManualClock) -> None:
    stability = StabilityTracker(SETTLE, Arrivals(clock))
    area = Area(FolderScan(inbox), stability, finished_files(inbox, WAITS, clock), clock)
    look(area)

    waits = []
    for _ in range(3):
        waits.append(area.next_look_in())
        clock.advance(seconds=0.6)

    assert waits == [timedelta(seconds=1), timedelta(seconds=0.4), timedelta(0)]
    look(area)
    assert area.next_look_in() is None


def test_a_waiting_file_takes_less_than_a_kilobyte_of_memory_also_while_it_is_scanned(
    inbox: Path, clock: ManualClock
) -> None:
    waiting = 2_000
    for number in range(waiting):
        drop(inbox, f"_backfill/kestrel/story{number}.txt")
    area, _ = backfill_area(inbox, clock, 0)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]

    for _ in range(3):
        look(area)
        clock.advance(seconds=2)
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert area.stable == waiting
    assert (kept - before) / waiting < MAX_KEPT_BYTES
    assert (peak - before) / waiting < MAX_PEAK_BYTES
