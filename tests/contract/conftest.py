"""The stores with the same contract: in memory, and on a real server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from copytaster.bootstrap.store import memory_store, redis_store
from copytaster.clock import ManualClock
from copytaster.store.redis.client import connect
from copytaster.store.store import Store

WINDOW = timedelta(days=30)


@pytest.fixture(params=["memory", "valkey"])
def store(request: pytest.FixtureRequest, clock: ManualClock) -> Iterator[Store]:
    if request.param == "memory":
        yield memory_store(clock)
        return
    client = connect(request.getfixturevalue("server").address, name="contract")
    yield redis_store(client, clock=clock, window=WINDOW)
    client.close()
