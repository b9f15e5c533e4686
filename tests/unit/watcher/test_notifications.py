"""What the listener does with events, with a folder whose events the test makes."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from copytaster.clock import MonotonicClock
from copytaster_watcher.discovery.arrivals import Arrivals
from copytaster_watcher.discovery.changes import Changes, Kind, MemoryChanges
from copytaster_watcher.discovery.notifications import NotificationListener

if TYPE_CHECKING:
    from tests.conftest import Waiter


class ProbedChanges(MemoryChanges):
    """Reports each probe file, as a filesystem with events does."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.opened = 0

    def open(self, folder: Path) -> Changes:
        del folder
        self.opened += 1
        return self


class Listening:
    """A listener over an inbox, and its events."""

    def __init__(self, inbox: Path) -> None:
        self.changes = ProbedChanges(inbox)
        self.arrivals = Arrivals(MonotonicClock())
        self.listener = NotificationListener(inbox, self.changes.open, self.arrivals)
        self.inbox = inbox

    def start(self, wait: Waiter) -> None:
        """Start the listener, and report its probe file until it relies on events."""
        self.listener.start()

        def probed() -> bool:
            for path in list(self.listener._probes):
                self.changes.write(Path(path).name)
            return self.listener.watch == "events"

        wait(probed, seconds=20)
        self.listener.wait(0)


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[Listening]:
    (tmp_path / "inbox").mkdir()
    listening = Listening(tmp_path / "inbox")
    yield listening
    listening.listener.stop()


def test_a_renamed_file_is_recorded_and_starts_a_scan(listening: Listening, wait: Waiter) -> None:
    listening.start(wait)

    listening.changes.move_in("wire/story")

    wait(listening.listener._notified.is_set, seconds=10)
    arrival = listening.arrivals.of("wire/story")
    assert arrival
    assert arrival.kind is Kind.MOVED_IN


def test_hidden_files_start_no_scan(listening: Listening, wait: Waiter) -> None:
    listening.start(wait)

    listening.changes.move_in("wire/.story")
    listening.changes.remove("wire/story")
    listening.changes.write("wire/last")

    wait(lambda: listening.arrivals.of("wire/last"), seconds=10)
    assert listening.arrivals.of("wire/.story") is None


def test_backfill_starts_no_scan_and_is_not_judged_early(listening: Listening, wait: Waiter) -> None:
    listening.start(wait)

    listening.changes.move_in("_backfill/wire/story")
    wait(listening.changes._queue.empty, seconds=10)
    started = listening.listener._notified.is_set()
    listening.changes.move_in("wire/_backfill/story")

    wait(lambda: listening.arrivals.of("wire/_backfill/story"), seconds=10)
    assert not started
    assert listening.arrivals.of("_backfill/wire/story") is None


def test_before_a_probe_has_raised_an_event_no_arrival_is_relied_on(listening: Listening, wait: Waiter) -> None:
    listening.listener.start()
    listening.changes.move_in("wire/story")

    wait(lambda: listening.changes.opened, seconds=10)
    wait(listening.changes._queue.empty, seconds=10)
    assert listening.arrivals.of("wire/story") is None


def test_lost_events_make_all_files_wait_and_are_logged(listening: Listening, wait: Waiter) -> None:
    listening.start(wait)
    listening.changes.move_in("wire/story")
    wait(lambda: listening.arrivals.of("wire/story"), seconds=10)
    listening.listener.wait(0)

    with capture_logs() as logs:
        listening.changes.lose()
        wait(lambda: listening.arrivals.of("wire/story") is None, seconds=10)
        wait(listening.listener._notified.is_set, seconds=10)

    assert [each["event"] for each in logs] == ["watcher.events_lost"]


def test_without_further_watches_the_inbox_is_polled_and_the_status_says_why(
    listening: Listening, wait: Waiter
) -> None:
    listening.start(wait)
    listening.changes.move_in("wire/story")
    wait(lambda: listening.arrivals.of("wire/story"), seconds=10)

    listening.changes.fail(OSError(errno.ENOSPC, "No space left on device", "wire/deep"))

    wait(lambda: listening.listener.watch.startswith("polling: "), seconds=10)
    assert "No space left on device: 'wire/deep'" in listening.listener.watch
    assert listening.arrivals.of("wire/story") is None


def test_an_inbox_that_was_removed_is_watched_again(listening: Listening, wait: Waiter) -> None:
    listening.start(wait)

    listening.changes.fail(FileNotFoundError(errno.ENOENT, "the folder was removed or renamed"))
    wait(lambda: listening.changes.opened == 2, seconds=10)
    listening.changes.move_in("wire/story")

    wait(lambda: listening.arrivals.of("wire/story"), seconds=10)
    assert listening.listener.watch == "events"
