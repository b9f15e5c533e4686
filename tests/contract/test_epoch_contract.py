from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from copytaster.bootstrap.store import memory_store, redis_store
from copytaster.clock import ManualClock
from copytaster.store.ports.epoch import Epoch
from copytaster.store.redis.client import connect
from copytaster.store.store import Store
from tests.factories import START

LEASE = timedelta(minutes=1)


# The simulated server has no INFO, which identifies the run of the real one.
@pytest.fixture(params=["memory", "valkey"])
def epoch(request: pytest.FixtureRequest, clock: ManualClock) -> Iterator[Epoch]:
    if request.param == "memory":
        yield memory_store(clock).epoch
        return
    client = connect(request.getfixturevalue("server").address, name="contract")
    store: Store = redis_store(client, clock=clock, window=timedelta(days=1))
    yield store.epoch
    client.close()


def test_a_new_server_has_a_run_and_no_epoch(epoch: Epoch, clock: ManualClock) -> None:
    state = epoch.read()

    assert state.epoch is None
    assert state.run
    assert state.run_since <= clock.now()
    assert epoch.read().run == state.run


def test_only_the_owner_of_the_recovery_lease_marks_an_epoch(epoch: Epoch) -> None:
    without = epoch.mark_complete("e0", owner="one", run="r1", until=START)
    epoch.acquire("one", lease=LEASE)

    assert (without, epoch.mark_complete("e0", owner="other", run="r1", until=START)) == (None, None)
    assert epoch.read().epoch is None
    assert epoch.mark_complete("e1", owner="one", run="r1", until=START) == "e1"
    assert epoch.read().epoch == "e1"


def test_a_marked_epoch_does_not_change(epoch: Epoch) -> None:
    epoch.acquire("one", lease=LEASE)
    epoch.mark_complete("e1", owner="one", run="r1", until=START)

    assert epoch.mark_complete("e2", owner="one", run="r1", until=START) == "e1"


def test_the_recovery_has_one_owner_until_it_is_released(epoch: Epoch) -> None:
    first = epoch.acquire("one", lease=LEASE)

    assert first
    assert not epoch.acquire("other", lease=LEASE)
    assert not epoch.acquire("one", lease=LEASE)
    assert not epoch.renew("other", lease=timedelta(0))
    assert epoch.renew("one", lease=LEASE)
    assert epoch.renew("one", lease=timedelta(0))
    assert not epoch.renew("one", lease=LEASE)
    assert epoch.acquire("other", lease=LEASE)


def test_the_data_records_for_which_process_and_up_to_when_it_is_complete(epoch: Epoch) -> None:
    before = epoch.read()
    epoch.acquire("one", lease=LEASE)
    epoch.mark_complete("e1", owner="one", run="r1", until=START)
    after = epoch.read()

    assert (before.complete_run, before.complete_until) == (None, None)
    assert (after.complete_run, after.complete_until) == ("r1", START)


def test_the_time_is_extended_only_for_the_process_that_the_data_was_compared_for(epoch: Epoch) -> None:
    later = START + timedelta(minutes=5)
    on_empty_server = epoch.extend("r1", until=later)
    epoch.acquire("one", lease=LEASE)
    epoch.mark_complete("e1", owner="one", run="r1", until=START)

    assert not on_empty_server
    assert not epoch.extend("r2", until=later + timedelta(minutes=5))
    assert epoch.extend("r1", until=later)
    assert epoch.read().complete_until == later
