"""The stores with the same contract: in memory, and on a real server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from redis import Redis

from copytaster.bootstrap.store import REMEMBERED_ARTICLES, memory_store, redis_store
from copytaster.clock import ManualClock
from copytaster.store.redis.client import connect
from copytaster.store.store import Store

if TYPE_CHECKING:
    from tests.conftest import RealServer

WINDOW = timedelta(days=30)


@pytest.fixture
def client(server: RealServer) -> Iterator[Redis]:
    """Give a connection to a real server, the only one that ``server_store`` has."""
    client = connect(server.address, name="contract")
    yield client
    client.close()


@pytest.fixture
def server_store(client: Redis, clock: ManualClock) -> Store:
    """Give a store that keeps articles that it has read: each contract holds for an API's as well."""
    return redis_store(client, clock=clock, window=WINDOW, remembered=REMEMBERED_ARTICLES)


@pytest.fixture(params=["memory", "valkey"])
def store(request: pytest.FixtureRequest, clock: ManualClock) -> Store:
    if request.param == "memory":
        return memory_store(clock)
    found: Store = request.getfixturevalue("server_store")
    return found
