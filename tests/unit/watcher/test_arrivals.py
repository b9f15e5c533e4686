"""How files arrive, and which of them need not wait for the settle time."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from copytaster.clock import ManualClock
from copytaster.system.open_files import return_to_free_name
from copytaster_watcher.discovery.arrivals import REMEMBERED, Arrivals
from copytaster_watcher.discovery.changes import Change, Kind
from copytaster_watcher.discovery.scan import FolderScan
from copytaster_watcher.readiness.completeness.patience import Waits
from copytaster_watcher.readiness.finished import FinishedFiles
from copytaster_watcher.readiness.stability import StabilityTracker
from tests.factories import finished_files

WAITS = Waits(settle=timedelta(seconds=2), empty=timedelta(seconds=10), incomplete=timedelta(seconds=60))

PAGE = "<!doctype html><html><body><p>The bakery opens at five.</p></body></html>"
TEXT = "The bakery opens at five.\n"
HALF = "<?xml version='1.0'?><nitf><body><p>The bakery"


@dataclass(slots=True)
class Inbox:
    """An inbox whose events are made by the test, and a clock that moves by hand."""

    folder: Path
    clock: ManualClock
    arrivals: Arrivals = field(init=False)
    finished: FinishedFiles = field(init=False)
    stability: StabilityTracker = field(init=False)

    def __post_init__(self) -> None:
        self.arrivals = Arrivals(self.clock)
        self.finished = finished_files(self.folder, WAITS, self.clock, arrivals=self.arrivals)
        self.stability = StabilityTracker(WAITS.settle, self.arrivals)

    def drop(self, path: str, content: str, *kinds: Kind) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
        self.report(path, *kinds)

    def report(self, path: str, *kinds: Kind) -> None:
        for kind in kinds:
            self.arrivals.record(Change(kind, str(self.folder / path)), path)

    def taken(self) -> list[str]:
        """Do a round and return which files are to be claimed."""
        files = self.finished.listed(FolderScan(self.folder)())
        quiet = self.stability.observe(files, self.clock.now())
        return [each.path for each in self.finished.pick(files, quiet, self.clock.now()) if each]

    def seconds_until_taken(self, path: str) -> float:
        """Return after how many tenths of a second of rounds the file is taken."""
        for tenths in range(200):
            if path in self.taken():
                return tenths / 10
            self.clock.advance(seconds=0.1)
        raise AssertionError(f"{path} was not taken within 20 s")


@pytest.fixture
def inbox(tmp_path: Path, clock: ManualClock) -> Inbox:
    (tmp_path / "inbox").mkdir()
    return Inbox(tmp_path / "inbox", clock)


@pytest.mark.parametrize("content", [PAGE, TEXT])
def test_a_renamed_file_that_is_complete_is_taken_at_once(inbox: Inbox, content: str) -> None:
    inbox.drop("wire/story", content, Kind.MOVED_IN)

    assert inbox.seconds_until_taken("wire/story") == 0.1


def test_a_closed_file_with_an_end_mark_is_taken_after_half_a_second(inbox: Inbox) -> None:
    inbox.drop("wire/story", PAGE, Kind.CREATED, Kind.CLOSED)

    assert inbox.seconds_until_taken("wire/story") == 0.5


@pytest.mark.parametrize(
    "kinds",
    [
        pytest.param([], id="no event"),
        pytest.param([Kind.CREATED], id="a hard link, or a file that is not closed"),
        pytest.param([Kind.CLOSED], id="a file that existed before"),
        pytest.param([Kind.CREATED, Kind.CLOSED, Kind.CLOSED], id="a writer that opens the file for each piece"),
        pytest.param([Kind.MOVED_IN, Kind.CLOSED], id="a renamed file that is written afterwards"),
        pytest.param([Kind.MOVED_IN, Kind.TOUCHED], id="a file that a watcher has returned"),
        pytest.param([Kind.CREATED, Kind.CLOSED, Kind.TOUCHED], id="times or permissions that are set after closing"),
        pytest.param([Kind.MOVED_IN, Kind.LOST], id="events that were lost"),
        pytest.param([Kind.MOVED_IN, Kind.GONE], id="another file of the same name"),
    ],
)
def test_other_files_wait_for_the_settle_time(inbox: Inbox, kinds: list[Kind]) -> None:
    inbox.drop("wire/story", PAGE, *kinds)

    assert inbox.seconds_until_taken("wire/story") == 2


def test_a_closed_file_without_an_end_mark_waits_for_the_settle_time(inbox: Inbox) -> None:
    inbox.drop("wire/story", TEXT, Kind.CREATED, Kind.CLOSED)

    assert inbox.seconds_until_taken("wire/story") == 2


def test_times_that_are_set_before_the_closing_do_not_matter(inbox: Inbox) -> None:
    inbox.drop("wire/story", PAGE, Kind.CREATED, Kind.TOUCHED, Kind.CLOSED)

    assert inbox.seconds_until_taken("wire/story") == 0.5


def test_a_renamed_file_that_is_incomplete_waits_as_before(inbox: Inbox) -> None:
    inbox.drop("wire/story", HALF, Kind.MOVED_IN)
    for _ in range(100):
        assert inbox.taken() == []
        inbox.clock.advance(seconds=0.1)

    assert [(each.path, each.certain) for each in inbox.finished.unfinished()] == [("wire/story", True)]


def test_a_renamed_file_that_is_open_for_writing_waits_until_it_is_closed(inbox: Inbox) -> None:
    inbox.drop("wire/story", PAGE, Kind.MOVED_IN)
    with (inbox.folder / "wire/story").open("a"):
        for _ in range(40):
            assert inbox.taken() == []
            inbox.clock.advance(seconds=0.1)

    assert inbox.taken() == ["wire/story"]


def test_a_file_with_two_names_waits_for_the_settle_time(inbox: Inbox) -> None:
    inbox.drop("wire/story", PAGE, Kind.MOVED_IN)
    os.link(inbox.folder / "wire/story", inbox.folder.parent / "other")

    assert inbox.seconds_until_taken("wire/story") == 2


def test_a_renamed_file_that_grows_within_the_settle_time_is_taken_without_the_wait_for_pauses(inbox: Inbox) -> None:
    inbox.drop("wire/story", TEXT, Kind.CREATED, Kind.CLOSED)
    for _ in range(7):
        assert inbox.taken() == []
        inbox.clock.advance(seconds=0.1)
    inbox.drop("wire/story", TEXT + TEXT, Kind.CLOSED)

    assert inbox.seconds_until_taken("wire/story") == 2


def test_a_file_waits_for_the_sidecar_that_was_renamed_at_the_same_moment(inbox: Inbox) -> None:
    inbox.drop("wire/story", PAGE, Kind.MOVED_IN)
    assert inbox.taken() == []
    inbox.clock.advance(seconds=0.05)
    inbox.drop("wire/story.meta.json", "{}", Kind.MOVED_IN)

    assert inbox.seconds_until_taken("wire/story") == pytest.approx(0.1)


def test_a_file_waits_for_a_sidecar_that_is_still_written(inbox: Inbox) -> None:
    inbox.drop("wire/story", PAGE, Kind.MOVED_IN)
    inbox.drop("wire/story.meta.json", '{"title": ', Kind.CREATED)
    for _ in range(30):
        assert inbox.taken() == []
        inbox.clock.advance(seconds=0.1)
    inbox.drop("wire/story.meta.json", '{"title": "Bread"}', Kind.CLOSED)

    assert inbox.seconds_until_taken("wire/story") <= 2


def test_a_source_that_sends_sidecars_has_the_settle_time_for_files_without_one(inbox: Inbox) -> None:
    inbox.drop("wire/first.meta.json", "{}", Kind.MOVED_IN)
    inbox.drop("wire/first", PAGE, Kind.MOVED_IN)
    inbox.drop("agency/other", PAGE, Kind.MOVED_IN)
    assert inbox.seconds_until_taken("wire/first") == 0.1
    (inbox.folder / "wire/first").unlink()
    (inbox.folder / "wire/first.meta.json").unlink()

    inbox.drop("wire/second", PAGE, Kind.MOVED_IN)
    inbox.drop("agency/third", PAGE, Kind.MOVED_IN)

    assert inbox.seconds_until_taken("agency/third") == 0.1
    assert inbox.seconds_until_taken("wire/second") == pytest.approx(1.9)


def test_files_that_are_judged_early_and_wait_are_not_reported_as_incomplete(inbox: Inbox) -> None:
    inbox.drop("wire/story", TEXT, Kind.CREATED, Kind.CLOSED)
    inbox.taken()
    inbox.clock.advance(seconds=0.5)

    assert inbox.taken() == []
    assert (inbox.finished.settling, inbox.finished.incomplete) == (1, 0)


def test_the_next_round_is_when_the_first_file_is_judged(inbox: Inbox) -> None:
    inbox.drop("wire/story", PAGE, Kind.CREATED, Kind.CLOSED)
    inbox.drop("wire/other", PAGE)
    inbox.taken()

    assert inbox.stability.next_stable(inbox.clock.now()) == timedelta(seconds=0.5)


def test_arrivals_are_forgotten_after_a_minute(inbox: Inbox) -> None:
    inbox.report("wire/story", Kind.CREATED)
    inbox.clock.advance(seconds=REMEMBERED.total_seconds())
    inbox.report("wire/other", Kind.CREATED)

    assert inbox.arrivals.of("wire/story") is None
    assert inbox.arrivals.of("wire/other") is not None


@pytest.mark.parametrize("end", [Arrivals.clear, lambda arrivals: arrivals.forget("wire/story")])
def test_a_forgotten_arrival_gives_the_settle_time(inbox: Inbox, end: Callable[[Arrivals], None]) -> None:
    inbox.drop("wire/story", PAGE, Kind.MOVED_IN)
    end(inbox.arrivals)

    assert inbox.seconds_until_taken("wire/story") == 2


def test_a_returned_file_keeps_its_content_times_and_permissions(tmp_path: Path) -> None:
    file = tmp_path / "story"
    file.write_text(PAGE)
    file.chmod(0o640)
    before = file.stat()

    return_to_free_name(file, tmp_path / "returned")

    after = (tmp_path / "returned").stat()
    assert (after.st_ino, after.st_mode, after.st_mtime_ns) == (before.st_ino, before.st_mode, before.st_mtime_ns)
