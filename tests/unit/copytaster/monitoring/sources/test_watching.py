"""Watching sources with a store: learning from sightings, and reporting each state once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.model.events import EventKind
from copytaster.model.expectations import Expectations
from copytaster.model.metadata import FolderDefaults
from copytaster.model.pause import Pause, PauseKind
from copytaster.model.source_finding import FindingKind
from copytaster.model.work import EmptyQueues
from copytaster.monitoring.heartbeat import HeartbeatSender
from copytaster.monitoring.sources.figures import read_reports
from copytaster.monitoring.sources.watching import SourceWatching
from copytaster.monitoring.status import read_status
from copytaster.store.ports.presence import Part
from copytaster.store.store import Store
from tests.factories import a_delivery

DECLARED = FolderDefaults(expects=Expectations(quiet_after_minutes=30))


@pytest.fixture
def store(clock: ManualClock) -> Store:
    return memory_store(clock)


@pytest.fixture
def watching(store: Store, clock: ManualClock) -> SourceWatching:
    return SourceWatching(store, clock)


def deliver(store: Store, clock: ManualClock, number: int, *, source: str = "wire") -> None:
    file = a_delivery(number, source=source, received_at=clock.now(), folder_defaults=DECLARED)
    store.ledger.register(file, due_in=timedelta(0), by="watcher")


def watch(watching: SourceWatching, clock: ManualClock, *, minutes: int) -> None:
    for _ in range(minutes):
        clock.advance(seconds=60)
        watching.step()


def found(store: Store) -> list[tuple[str, FindingKind]]:
    return [(each.source, each.kind) for each in store.source_watch.findings()]


def reported(store: Store) -> list[EventKind]:
    kinds = [each.kind for each in store.events.read(after=None, limit=1_000)]
    return [each for each in kinds if each.startswith("source.")]


def test_a_quiet_source_is_reported_once_and_its_return_as_well(
    store: Store, watching: SourceWatching, clock: ManualClock
) -> None:
    deliver(store, clock, 1)
    since = clock.now()
    watch(watching, clock, minutes=29)
    before = found(store)
    watch(watching, clock, minutes=30)
    during = store.source_watch.findings()
    deliver(store, clock, 2)
    watch(watching, clock, minutes=5)

    assert (before, found(store)) == ([], [])
    assert [(each.source, each.kind, each.since) for each in during] == [("wire", FindingKind.QUIET, since)]
    assert reported(store) == [EventKind.SOURCE_QUIET, EventKind.SOURCE_RECOVERED]


def test_two_watchers_report_once_and_learn_each_file_once(
    store: Store, watching: SourceWatching, clock: ManualClock
) -> None:
    other = SourceWatching(store, clock)
    for number in range(1, 41):
        deliver(store, clock, number)
        clock.advance(seconds=60)
        for each in (watching, other) if number % 2 else (other, watching):
            each.step()
    for _ in range(40):
        clock.advance(seconds=60)
        other.step()
        watching.step()

    assert reported(store) == [EventKind.SOURCE_QUIET]
    store.source_statistics.count_first("item", "wire")
    (report,) = read_reports(store.source_statistics.counts(), store, now=clock.now())
    assert (report.files, report.failed_files, report.findings[0].kind) == (40, 0, FindingKind.QUIET)


def test_a_watcher_that_was_not_first_learns_nothing_twice(
    store: Store, watching: SourceWatching, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(store, clock, 1)
    other, read = SourceWatching(store, clock), store.source_watch.sightings

    def overtaken(position: str, *, limit: int) -> object:
        page = read(position, limit=limit)
        monkeypatch.undo()
        other.step()
        return page

    monkeypatch.setattr(store.source_watch, "sightings", overtaken)
    watching.step()
    deliver(store, clock, 2)
    watch(watching, clock, minutes=1)

    store.source_statistics.count_first("item", "wire")
    (report,) = read_reports(store.source_statistics.counts(), store, now=clock.now())
    assert report.files == 2


@pytest.mark.parametrize("name", [None, "The Wire"])
def test_a_pause_is_no_silence(store: Store, watching: SourceWatching, clock: ManualClock, name: str | None) -> None:
    deliver(store, clock, 1)
    watch(watching, clock, minutes=1)
    kind = PauseKind.SOURCE if name else PauseKind.INTAKE
    pause = Pause(kind=kind, name=name, by="Anna", reason=None, since=clock.now(), until=None)
    store.pauses.put(pause)
    watch(watching, clock, minutes=120)
    during = found(store)
    store.pauses.remove(pause.id)
    watch(watching, clock, minutes=29)

    assert (during, found(store)) == ([], [])
    watch(watching, clock, minutes=3)
    assert found(store) == [("wire", FindingKind.QUIET)]


def test_an_interrupted_intake_is_no_silence(store: Store, watching: SourceWatching, clock: ManualClock) -> None:
    sender = HeartbeatSender(store.presence, clock, part=Part.WATCHER, name="watcher@test:1")
    deliver(store, clock, 1)
    for _ in range(60):
        sender.beat(interrupted="the archive does not answer")
        watch(watching, clock, minutes=1)

    assert found(store) == []


def test_the_time_in_which_no_watcher_ran_is_no_silence(store: Store, clock: ManualClock) -> None:
    deliver(store, clock, 1)
    watch(SourceWatching(store, clock), clock, minutes=2)
    clock.advance(seconds=3 * 86_400)
    watch(SourceWatching(store, clock), clock, minutes=25)

    assert found(store) == []


def test_the_status_names_quiet_sources_in_one_notice(
    store: Store, watching: SourceWatching, clock: ManualClock
) -> None:
    since = clock.now()
    for number in range(1, 8):
        deliver(store, clock, number, source=f"wire {number}")
    watch(watching, clock, minutes=40)

    status = read_status(store, EmptyQueues(), now=clock.now())
    (notice,) = [each for each in status.notices if each.code == "source_quiet"]
    assert notice.since == since
    assert "wire 1 (no file since" in notice.message
    assert notice.message.endswith("; and 2 more on the page of sources")
    assert len(status.findings) == 7
