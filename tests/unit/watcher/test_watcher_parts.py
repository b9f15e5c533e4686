from __future__ import annotations

import os
import threading
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from copytaster.clock import ManualClock, MonotonicClock
from copytaster.errors import TransientError
from copytaster.metrics import WatcherMetrics
from copytaster_watcher.discovery.arrivals import Arrivals
from copytaster_watcher.discovery.inotify_changes import InotifyChanges
from copytaster_watcher.discovery.notifications import NotificationListener
from copytaster_watcher.discovery.scan import FolderScan, InboxFile
from copytaster_watcher.periodic_task import PeriodicTask
from copytaster_watcher.readiness.stability import StabilityTracker
from tests.factories import START

if TYPE_CHECKING:
    from tests.conftest import Waiter

SETTLE = timedelta(seconds=2)
ONE, OTHER = InboxFile(1, 1, 1, 1), InboxFile(2, 1, 1, 1)


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def test_a_file_is_stable_after_looking_the_same_for_the_settle_time() -> None:
    tracker = StabilityTracker(SETTLE, Arrivals(ManualClock()))

    quiet = [tracker.observe({"a": ONE}, START + seconds(at)) for at in (0, 1.9, 2, 7)]

    assert quiet == [{}, {}, {"a": seconds(2)}, {"a": seconds(7)}]


@pytest.mark.parametrize(
    "changed", [InboxFile(2, 1, 1, 1), InboxFile(1, 2, 1, 1), InboxFile(1, 1, 2, 1), InboxFile(1, 1, 1, 2)]
)
def test_any_change_restarts_the_wait(changed: InboxFile) -> None:
    tracker = StabilityTracker(SETTLE, Arrivals(ManualClock()))
    tracker.observe({"a": ONE}, START)

    assert tracker.observe({"a": changed}, START + seconds(5)) == {}
    assert tracker.observe({"a": changed}, START + seconds(7)) == {"a": seconds(2)}


def test_a_file_that_disappeared_for_a_while_waits_again() -> None:
    tracker = StabilityTracker(SETTLE, Arrivals(ManualClock()))
    tracker.observe({"a": ONE}, START)
    tracker.observe({}, START + seconds(1))

    assert tracker.observe({"a": ONE}, START + seconds(5)) == {}


def test_a_clock_set_back_makes_no_file_wait_for_the_difference() -> None:
    tracker = StabilityTracker(SETTLE, Arrivals(ManualClock()))
    tracker.observe({"a": ONE}, START)
    tracker.observe({"a": ONE}, START - seconds(3600))

    assert tracker.observe({"a": ONE}, START - seconds(3598)) == {"a": seconds(2)}


def test_the_next_stable_time_is_that_of_the_earliest_file() -> None:
    tracker = StabilityTracker(SETTLE, Arrivals(ManualClock()))
    tracker.observe({"a": ONE}, START)
    tracker.observe({"a": ONE, "b": OTHER}, START + seconds(1))

    assert tracker.next_stable(START + seconds(1)) == seconds(1)
    assert tracker.next_stable(START + seconds(2.5)) == seconds(0.5)
    assert tracker.next_stable(START + seconds(5)) is None


def test_the_scan_finds_files_links_and_pipes_but_follows_no_link(tmp_path: Path) -> None:
    (tmp_path / "wire" / "deep").mkdir(parents=True)
    (tmp_path / "wire" / "deep" / "story.txt").write_text("story")
    (tmp_path / "loop").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    strange = os.fsdecode(b"caf\xe9\n.txt")
    (tmp_path / strange).write_text("strange")

    found = FolderScan(tmp_path)()

    assert found.keys() == {"wire/deep/story.txt", "loop", "pipe", strange}
    assert found["wire/deep/story.txt"].size == 5


def test_an_inbox_that_is_gone_is_an_error_not_an_empty_inbox(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        FolderScan(tmp_path / "gone")()


def test_a_periodic_task_continues_after_any_error(wait: Waiter) -> None:
    faults = [TransientError("away"), TransientError("away"), ZeroDivisionError("a fault")]
    calls, succeeded = list[int](), threading.Event()
    metrics = WatcherMetrics(registry := CollectorRegistry())

    def function() -> None:
        calls.append(1)
        if faults:
            raise faults.pop(0)
        succeeded.set()

    task = PeriodicTask(function, 0.01, metrics, name="reconciler")
    task.start()
    wait(succeeded.is_set, seconds=10)
    task.stop()

    count = len(calls)
    assert count >= 4
    assert registry.get_sample_value("copytaster_background_failures_total", {"task": "reconciler"}) == 3
    assert registry.get_sample_value("copytaster_background_seconds_count", {"task": "reconciler"}) == count
    assert not task._thread.is_alive()


def test_a_name_that_is_not_utf_8_does_not_end_the_notifications(tmp_path: Path, wait: Waiter) -> None:
    notifications = NotificationListener(tmp_path, InotifyChanges, Arrivals(MonotonicClock()))
    notifications.start()

    def notified(name: bytes) -> bool:
        (tmp_path / os.fsdecode(name)).write_text("story")
        return notifications._notified.wait(0.2)

    wait(lambda: notifications.watch != "not known yet", seconds=10)
    notifications.wait(0)

    with capture_logs() as logs:
        wait(lambda: notified(b"caf\xe9.txt"), seconds=10)
        notifications.wait(0)
        wait(lambda: notified(b"story.txt"), seconds=10)
    notifications.stop()
    for each in notifications._threads:
        each.join(10)

    assert notifications.watch == "events"
    assert [each for each in logs if each["log_level"] == "warning"] == []


def test_an_arriving_file_ends_the_wait(tmp_path: Path, wait: Waiter) -> None:
    notifications = NotificationListener(tmp_path, InotifyChanges, Arrivals(MonotonicClock()))
    notifications.start()

    def notified() -> bool:
        (tmp_path / "story.txt").write_text("story")
        return notifications._notified.wait(0.2)

    wait(notified, seconds=10)
    notifications.wait(60)
    notifications.stop()
    for each in notifications._threads:
        each.join(10)

    assert not any(each.is_alive() for each in notifications._threads)
