from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from rich.console import Console

from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.model.delivery import Outcome
from copytaster.model.disposition import Disposition
from copytaster.model.work import EmptyQueues
from copytaster.monitoring.heartbeat import HeartbeatSender
from copytaster.monitoring.status import Status, read_status
from copytaster.monitoring.throughput import throughput
from copytaster.store.ports.presence import Part
from copytaster.store.store import Store
from copytaster_cli.rendering.top import top_page
from tests.factories import a_delivery

SECONDS = 10


@pytest.fixture
def store(clock: ManualClock) -> Store:
    return memory_store(clock)


def beat(store: Store, clock: ManualClock, **figures: float) -> None:
    HeartbeatSender(store.presence, clock, part=Part.WORKER, name="worker@host:1").beat(
        progress_at=None, unfinished=(), active=1, **figures
    )


def settle(store: Store, *numbers: int) -> None:
    for number in numbers:
        store.ledger.register(a_delivery(number), due_in=timedelta(seconds=10), by="test")
        store.ledger.settle(a_delivery(number).id, Outcome(disposition=Disposition.STORED), by="test")
        store.source_statistics.count_first(f"d{number}", "kestrel")


def two_states(store: Store, clock: ManualClock) -> tuple[Status, Status]:
    """Return the states before and after ten seconds in which twenty deliveries were settled."""
    settle(store, 1)
    beat(store, clock, stage_parse_runs=5, stage_parse_seconds=1.0)
    before = read_status(store, EmptyQueues(), now=clock.now())
    clock.advance(seconds=SECONDS)
    settle(store, *range(2, 22))
    beat(
        store,
        clock,
        stage_parse_runs=25,
        stage_parse_seconds=6.0,
        stage_tag_runs=10,
        stage_tag_seconds=8.0,
        memory_main=3 * 1024 * 1024,
        memory_pool=1024 * 1024,
    )
    return before, read_status(store, EmptyQueues(), now=clock.now())


def test_rates_are_between_two_states_and_the_busiest_stage_comes_first(store: Store, clock: ManualClock) -> None:
    rates = throughput(*two_states(store, clock))

    assert rates
    assert (rates.arrived, rates.settled[Disposition.STORED], rates.sources["kestrel"]) == (2, 2, 2)
    assert [(each.name, each.busy, each.mean) for each in rates.stages] == [("tag", 0.8, 0.8), ("parse", 0.5, 0.25)]


def test_there_are_no_rates_within_a_moment_or_when_the_server_has_lost_its_data(
    store: Store, clock: ManualClock
) -> None:
    before, after = two_states(store, clock)

    assert throughput(before, before) is None
    assert throughput(after, before.model_copy(update={"at": after.at + timedelta(seconds=1)})) is None


def test_the_page_has_parts_queues_rates_stages_and_sources(store: Store, clock: ManualClock) -> None:
    console = Console(file=StringIO(), width=120)

    console.print(top_page(*two_states(store, clock)))

    assert isinstance(console.file, StringIO)
    shown = " ".join(console.file.getvalue().split())
    for part in (
        "NOT READY",
        "no watcher has sent",
        "2.0/s stored",
        "ingest 0 0",
        "tag 0.80 processes 800.0 ms",
        "4 MiB processes 1 message",
        "kestrel 21 0 120/min",
    ):
        assert part in shown
