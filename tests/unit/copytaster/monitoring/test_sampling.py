"""Samples for the charts: totals, ages and latencies of the last minute, and the times of problems."""

from __future__ import annotations

from datetime import timedelta

import pytest

from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.model.delivery import Delivery, Outcome, arrival_of, new_delivery_id
from copytaster.model.disposition import Disposition
from copytaster.model.work import EmptyQueues, QueueDepth, Work
from copytaster.monitoring.problem_times import date_problems
from copytaster.monitoring.sampling import MOST_EVENTS, Sampler, quantile, sum_up, take_sample
from copytaster.monitoring.status import read_status
from copytaster.store.ports.history import Ring, Sample
from copytaster.store.store import Store


class AgedQueues(EmptyQueues):
    """Queues whose messages are 3 s old, but for those of old files."""

    def depth(self, work: Work) -> QueueDepth:
        return QueueDepth(name=work, length=1, unacknowledged=0, oldest_seconds=900 if work is Work.BACKFILL else 3)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def store(clock: ManualClock) -> Store:
    return memory_store(clock)


def deliver(store: Store, clock: ManualClock, *, seconds: float) -> None:
    """Register a delivery, and store it after some seconds."""
    now = clock.now()
    delivery = Delivery(
        id=new_delivery_id(now), name="a.txt", path="a.txt", source=None, size=1, sha256=None, received_at=now
    )
    store.ledger.register(delivery, due_in=timedelta(seconds=30), by="watcher")
    clock.advance(seconds=seconds)
    store.ledger.settle(delivery.id, Outcome(disposition=Disposition.STORED), by="worker")


def test_an_id_contains_the_time_of_arrival(clock: ManualClock) -> None:
    assert arrival_of(new_delivery_id(clock.now())) == clock.now()


def test_a_sample_has_the_totals_and_the_latencies_of_the_last_minute(store: Store, clock: ManualClock) -> None:
    deliver(store, clock, seconds=50)
    clock.advance(seconds=2 * 60)
    for seconds in (1, 2, 3, 10):
        deliver(store, clock, seconds=seconds)

    sample = take_sample(store, AgedQueues(), now=clock.now())

    assert (sample.at, sample.seen, sample.in_flight) == (clock.now(), 5, 0)
    assert sample.dispositions[Disposition.STORED] == 5
    assert sample.oldest_seconds == 3
    assert (sample.latency_p50_seconds, sample.latency_p95_seconds) == (2, 10)


def test_an_idle_system_has_no_latency_and_no_age(store: Store, clock: ManualClock) -> None:
    sample = take_sample(store, EmptyQueues(), now=clock.now())

    assert (sample.oldest_seconds, sample.latency_p50_seconds, sample.latency_p95_seconds) == (None, None, None)


def test_deliveries_of_a_rebuild_do_not_count_as_slow(store: Store, clock: ManualClock) -> None:
    deliver(store, clock, seconds=timedelta(days=20).total_seconds())

    assert take_sample(store, EmptyQueues(), now=clock.now()).latency_p95_seconds is None


def test_a_sample_reads_a_bounded_number_of_events(store: Store, clock: ManualClock) -> None:
    for _ in range(MOST_EVENTS):
        deliver(store, clock, seconds=0)
    clock.advance(seconds=1)
    deliver(store, clock, seconds=20)

    assert take_sample(store, EmptyQueues(), now=clock.now()).latency_p95_seconds == 0


def test_a_step_adds_one_sample_a_minute(store: Store, clock: ManualClock) -> None:
    sampler = Sampler(store, EmptyQueues(), clock)
    for _ in range(90):
        sampler.step()
        clock.advance(seconds=2)

    assert len(store.history.samples(Ring.HOUR)) == 3
    assert len(store.history.samples(Ring.DAY)) == 1


def test_a_day_has_a_sample_for_each_ten_minutes(store: Store, clock: ManualClock) -> None:
    sampler = Sampler(store, EmptyQueues(), clock)
    for _ in range(25):
        sampler.step()
        clock.advance(seconds=1 * 60)

    assert len(store.history.samples(Ring.HOUR)) == 25
    assert len(store.history.samples(Ring.DAY)) == 3


def test_consecutive_samples_are_summed_up_by_their_middle_and_their_greatest_age() -> None:
    clock = ManualClock()

    def sample(seen: int, age: float | None, latency: float | None) -> Sample:
        return Sample(
            at=clock.now(),
            seen=seen,
            in_flight=0,
            dispositions={},
            oldest_seconds=age,
            latency_p50_seconds=latency,
            latency_p95_seconds=latency,
        )

    total = sum_up([sample(1, None, 9), sample(2, 40, None), sample(3, 5, 1), sample(4, None, 2)])

    assert (total.seen, total.oldest_seconds) == (4, 40)
    assert (total.latency_p50_seconds, total.latency_p95_seconds) == (2, 2)


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [([], 0.5, None), ([7], 0.95, 7), ([1, 2], 0.5, 1), ([1, 2, 3], 0.5, 2), (list(range(1, 101)), 0.95, 95)],
)
def test_a_quantile_is_one_of_the_values(values: list[float], share: float, expected: float | None) -> None:
    assert quantile(values, share) == expected


def test_problems_have_the_time_of_the_first_status_that_had_them(store: Store, clock: ManualClock) -> None:
    began = clock.now()
    Sampler(store, EmptyQueues(), clock).step()
    clock.advance(seconds=7 * 60)

    status = date_problems(read_status(store, EmptyQueues(), now=clock.now()), store.history)

    assert {each.code: each.since for each in status.problems} == {"no_watcher": began, "no_worker": began}
