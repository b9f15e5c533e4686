"""The stores with the same contract: in memory, on a real server, and on a real cluster of six."""

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
from tests.redis_cluster import started_cluster

if TYPE_CHECKING:
    from tests.conftest import RealServer
    from tests.redis_cluster import RealCluster

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


@pytest.fixture(scope="session")
def shared_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealCluster]:
    """Give a cluster to all tests of this process; it starts in three seconds."""
    with started_cluster(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


@pytest.fixture
def cluster_store(shared_cluster: RealCluster, clock: ManualClock) -> Iterator[Store]:
    """Give a store on the cluster, which is emptied before."""
    shared_cluster.empty()
    client = connect(shared_cluster.address, name="contract")
    yield redis_store(client, clock=clock, window=WINDOW, remembered=REMEMBERED_ARTICLES)
    client.close()


@pytest.fixture(params=["memory", "valkey", pytest.param("cluster", marks=pytest.mark.topology)])
def store(request: pytest.FixtureRequest, clock: ManualClock) -> Store:
    if request.param == "memory":
        return memory_store(clock)
    found: Store = request.getfixturevalue("server_store" if request.param == "valkey" else "cluster_store")
    return found
