from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from copytaster.bootstrap.store import memory_store, redis_store
from copytaster.clock import ManualClock
from copytaster.store.ports.epoch import Epoch
from copytaster.store.redis.client import connect
from copytaster.store.store import Store

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
    without = epoch.mark_complete("e0", owner="one")
    epoch.acquire("one", lease=LEASE)

    assert (without, epoch.mark_complete("e0", owner="other")) == (None, None)
    assert epoch.read().epoch is None
    assert epoch.mark_complete("e1", owner="one") == "e1"
    assert epoch.read().epoch == "e1"


def test_a_marked_epoch_does_not_change(epoch: Epoch) -> None:
    epoch.acquire("one", lease=LEASE)
    epoch.mark_complete("e1", owner="one")

    assert epoch.mark_complete("e2", owner="one") == "e1"


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
