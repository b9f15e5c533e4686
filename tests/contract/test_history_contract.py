"""What every recent history keeps: rings of a fixed length, and since when problems exist."""

from __future__ import annotations

import pytest
from redis import Redis

from copytaster.clock import ManualClock
from copytaster.model.disposition import Disposition
from copytaster.store.keys import Keys
from copytaster.store.ports.history import Ring, Sample
from copytaster.store.store import Store


def a_sample(clock: ManualClock, seen: int = 1) -> Sample:
    return Sample(
        at=clock.now(),
        seen=seen,
        in_flight=0,
        dispositions={Disposition.STORED: seen},
        oldest_seconds=None,
        latency_p50_seconds=0.5,
        latency_p95_seconds=None,
    )


def test_there_is_no_history_at_first(store: Store) -> None:
    assert store.history.samples(Ring.HOUR) == []


@pytest.mark.parametrize("ring", Ring)
def test_a_sample_is_returned_as_it_was_added(ring: Ring, store: Store, clock: ManualClock) -> None:
    sample = a_sample(clock)

    store.history.add(ring, sample)

    assert store.history.samples(ring) == [sample]


def test_of_two_samples_of_one_step_the_last_stays(store: Store, clock: ManualClock) -> None:
    store.history.add(Ring.HOUR, a_sample(clock))
    store.history.add(Ring.HOUR, a_sample(clock, seen=2))

    assert [each.seen for each in store.history.samples(Ring.HOUR)] == [2]


@pytest.mark.parametrize("ring", Ring)
def test_a_ring_keeps_its_length_the_oldest_first(ring: Ring, store: Store, clock: ManualClock) -> None:
    for number in range(ring.length + 5):
        clock.advance(seconds=ring.step.total_seconds())
        store.history.add(ring, a_sample(clock, seen=number))

    assert [each.seen for each in store.history.samples(ring)] == list(range(5, ring.length + 5))


def test_samples_that_are_too_old_are_left_out_after_an_idle_time(store: Store, clock: ManualClock) -> None:
    store.history.add(Ring.HOUR, a_sample(clock))
    clock.advance(seconds=30 * 60)
    store.history.add(Ring.HOUR, a_sample(clock, seen=2))
    clock.advance(seconds=40 * 60)

    assert [each.seen for each in store.history.samples(Ring.HOUR)] == [2]


def test_the_rings_are_independent(store: Store, clock: ManualClock) -> None:
    store.history.add(Ring.HOUR, a_sample(clock))

    assert store.history.samples(Ring.DAY) == []


def test_a_problem_has_the_time_of_its_first_record(store: Store, clock: ManualClock) -> None:
    began = clock.now()
    store.history.note_problems(["no_worker"])
    clock.advance(seconds=3 * 60)

    assert store.history.note_problems(["no_watcher", "no_worker"]) == {"no_watcher": clock.now(), "no_worker": began}


def test_a_problem_that_ended_begins_anew(store: Store, clock: ManualClock) -> None:
    store.history.note_problems(["no_worker"])
    clock.advance(seconds=3 * 60)

    assert store.history.note_problems([]) == {}
    assert store.history.note_problems(["no_worker"]) == {"no_worker": clock.now()}


def test_the_server_stores_no_more_than_the_rings(client: Redis, server_store: Store, clock: ManualClock) -> None:
    for number in range(500):
        clock.advance(seconds=1 * 60)
        server_store.history.add(Ring.HOUR, a_sample(clock, seen=number))

    assert client.hlen(Keys().history("hour")) == Ring.HOUR.length


def test_a_sample_of_a_newer_release_is_readable(client: Redis, server_store: Store, clock: ManualClock) -> None:
    newer = a_sample(clock).model_dump_json()[:-1] + ', "added_later": 1}'
    client.hset(Keys().history("hour"), "0", newer)

    assert server_store.history.samples(Ring.HOUR) == [a_sample(clock)]
