from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.errors import TransientError
from copytaster.intake.pauses import PauseOrder, PauseRefusedError, PauseWatch, pause, resume
from copytaster.metrics import WatcherMetrics
from copytaster.model.pause import Pause, PauseKind, describe_pause
from copytaster.model.work import EmptyQueues, RecordingPublisher, Work
from copytaster.monitoring.health import find_fault
from copytaster.monitoring.status import read_status
from copytaster.recovery.reconcile import reconcile
from copytaster.store.ports.pauses import Pauses
from copytaster.store.ports.presence import Heartbeat, Part
from copytaster.store.store import Store
from tests.factories import a_delivery, delivery_id


@pytest.fixture
def store(clock: ManualClock) -> Store:
    return memory_store(clock)


def begin(store: Store, clock: ManualClock, kind: PauseKind, name: str | None = None, **fields: Any) -> Pause:
    return pause(PauseOrder(kind=kind, name=name, **fields), store.pauses, now=clock.now())


def test_a_pause_says_who_paused_what_since_when_until_when_and_why(store: Store, clock: ManualClock) -> None:
    until = clock.now() + timedelta(hours=2)
    made = begin(store, clock, PauseKind.SOURCE, "kestrel", until=until, by="Anna", reason="broken feed")

    assert describe_pause(made) == (
        f"the source kestrel is paused by Anna since {clock.now():%Y-%m-%d %H:%M:%S} UTC,"
        f" until {until:%Y-%m-%d %H:%M:%S} UTC: broken feed"
    )


def test_a_second_order_changes_the_pause_and_keeps_its_beginning(store: Store, clock: ManualClock) -> None:
    first = begin(store, clock, PauseKind.INTAKE)
    clock.advance(seconds=60)
    second = begin(store, clock, PauseKind.INTAKE, by="Ben")

    assert (second.since, second.by) == (first.since, "Ben")
    assert store.pauses.all() == [second]


@pytest.mark.parametrize(
    ("kind", "name", "message"),
    [
        (PauseKind.INTAKE, "kestrel", "use the kind source"),
        (PauseKind.SOURCE, None, "name the source"),
        (PauseKind.QUEUE, None, "name the queue"),
        (PauseKind.QUEUE, "inbox", "there is no queue inbox; there are ingest, tag, retag, suspect, backfill"),
    ],
)
def test_a_wrong_name_is_refused_with_what_to_do(
    store: Store, clock: ManualClock, kind: PauseKind, name: str | None, message: str
) -> None:
    with pytest.raises(PauseRefusedError, match=message):
        begin(store, clock, kind, name)
    with pytest.raises(PauseRefusedError, match=message):
        resume(kind, name, store.pauses, by="cli")


def test_an_end_in_the_past_and_the_end_of_no_pause_are_refused(store: Store, clock: ManualClock) -> None:
    with pytest.raises(PauseRefusedError, match="has passed already"):
        begin(store, clock, PauseKind.INTAKE, until=clock.now())
    with pytest.raises(PauseRefusedError, match="intake is not paused"):
        resume(PauseKind.INTAKE, None, store.pauses, by="cli")


def test_a_watch_sees_a_pause_within_two_seconds_and_its_end_at_once(store: Store, clock: ManualClock) -> None:
    watch = PauseWatch(store.pauses, clock)
    before = watch.stops(Work.TAG)
    begin(store, clock, PauseKind.QUEUE, "tag", until=clock.now() + timedelta(seconds=3))
    clock.advance(seconds=2)
    meanwhile = [watch.stops(each) for each in (Work.TAG, Work.INGEST)]
    clock.advance(seconds=1)

    assert (before, meanwhile, watch.stops(Work.TAG)) == (False, [True, False], False)


def test_sources_are_compared_as_everywhere(store: Store, clock: ManualClock) -> None:
    begin(store, clock, PauseKind.SOURCE, "The Kestrel")
    watch = PauseWatch(store.pauses, clock)

    assert watch.has_sources
    assert watch.source({None, "kestrel"})
    assert not watch.source({"merlin", None})
    assert watch.intake() is None


class AwayPauses:
    """The pauses on a server that may be away."""

    def __init__(self, real: Pauses) -> None:
        self._real = real
        self.away = False

    def put(self, pause: Pause) -> None:
        self._real.put(pause)

    def remove(self, pause_id: str) -> Pause | None:
        return self._real.remove(pause_id)

    def all(self) -> list[Pause]:
        if self.away:
            raise TransientError("the server is away")
        return self._real.all()


def test_while_no_reading_has_succeeded_nothing_counts_as_not_paused(store: Store, clock: ManualClock) -> None:
    pauses = AwayPauses(store.pauses)
    begin(store, clock, PauseKind.SOURCE, "wire")
    watch, pauses.away = PauseWatch(pauses, clock), True

    for ask in (watch.intake, lambda: watch.source({"wire"}), lambda: watch.stops(Work.TAG), lambda: watch.has_sources):
        with pytest.raises(TransientError):
            ask()
    pauses.away = False

    assert watch.source({"wire"})


def test_the_last_reading_holds_while_the_server_does_not_answer(store: Store, clock: ManualClock) -> None:
    pauses = AwayPauses(store.pauses)
    begin(store, clock, PauseKind.INTAKE)
    watch = PauseWatch(pauses, clock)
    before, pauses.away = watch.intake(), True
    clock.advance(seconds=60)

    assert before
    assert watch.intake() == before


def test_the_reconciler_publishes_the_work_of_a_paused_queue_when_it_is_resumed(
    store: Store, clock: ManualClock
) -> None:
    store.ledger.register(a_delivery(1), due_in=timedelta(seconds=1), by="watcher")
    clock.advance(seconds=600)
    publisher, metrics = RecordingPublisher(), WatcherMetrics(CollectorRegistry())
    counts = reconcile(store.ledger, EmptyQueues(), publisher, metrics, paused={Work.INGEST})
    waited = list(publisher.published)
    reconcile(store.ledger, EmptyQueues(), publisher, metrics)

    assert (counts[Work.INGEST], waited) == (0, [])
    assert publisher.published == [(Work.INGEST, delivery_id(1))]


def test_work_that_waits_in_a_paused_queue_is_no_stall_and_its_worker_is_healthy(
    store: Store, clock: ManualClock
) -> None:
    started_at = clock.now()
    store.ledger.register(a_delivery(1), due_in=timedelta(seconds=1), by="watcher")
    clock.advance(seconds=600)
    store.presence.beat(
        Heartbeat(part=Part.WORKER, name="w", host="desk", pid=1, started_at=started_at, beat_at=clock.now())
    )

    def codes() -> set[str]:
        return {each.code for each in read_status(store, EmptyQueues(), now=clock.now()).problems}

    stalled, unhealthy = codes(), find_fault(store, Part.WORKER, host="desk", now=clock.now())
    for each in Work:
        begin(store, clock, PauseKind.QUEUE, each.value)

    assert "stalled_ingest" in stalled
    assert unhealthy
    assert not {each for each in codes() if each.startswith("stalled")}
    assert find_fault(store, Part.WORKER, host="desk", now=clock.now()) is None


def test_the_status_names_each_pause_and_how_to_end_it(store: Store, clock: ManualClock) -> None:
    made = begin(store, clock, PauseKind.QUEUE, "tag", by="Anna")

    status = read_status(store, EmptyQueues(), now=clock.now())

    notice = next(each for each in status.notices if each.code == "paused")
    assert status.pauses == (made,)
    assert notice.since == made.since
    assert notice.message.startswith("the queue tag is paused by Anna since")
    assert notice.message.endswith("`copytaster resume queue tag` ends it")


def test_the_command_that_ends_a_pause_can_be_copied_whatever_the_name_of_the_source(
    store: Store, clock: ManualClock
) -> None:
    begin(store, clock, PauseKind.SOURCE, "Harbour Wire")

    (notice,) = [each for each in read_status(store, EmptyQueues(), now=clock.now()).notices if each.code == "paused"]

    assert notice.message.endswith("`copytaster resume source 'Harbour Wire'` ends it")
