"""What real servers with replicas report about failovers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from copytaster.store.keys import Keys
from copytaster.store.ports.server_facts import FailoverFacts
from copytaster.store.redis.addresses import read_address
from copytaster.store.redis.client import connect
from copytaster.store.redis.server_facts import read_failover_facts, read_server_facts
from copytaster.store.redis.snapshot_source import RedisSnapshotSource
from tests.redis_sentinel import DOWN_AFTER, MACHINES, MAX_LAG, started_sentinels

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import RealServer
    from tests.redis_cluster import RealCluster


def test_sentinels_report_themselves_and_the_primary_server_its_replicas_and_its_snapshot(tmp_path: Path) -> None:
    with started_sentinels(tmp_path) as servers, connect(servers.address, name="doctor", reader=True) as client:
        facts = read_failover_facts(client, read_address(servers.address))
        snapshot = b"".join(RedisSnapshotSource(client).read())

    assert facts == FailoverFacts(
        replicas=MACHINES - 1, needed=1, max_lag=MAX_LAG, sentinels=MACHINES, down_after=DOWN_AFTER / 1000
    )
    assert snapshot.startswith((b"REDIS", b"VALKEY"))


def test_a_single_server_has_no_failovers(server: RealServer) -> None:
    with connect(server.address, name="doctor") as client:
        assert read_failover_facts(client, read_address(server.address)) is None


@pytest.mark.topology
def test_a_cluster_reports_the_facts_of_its_worst_server(shared_cluster: RealCluster) -> None:
    with connect(shared_cluster.address, name="doctor", reader=True) as client:
        facts = read_failover_facts(client, read_address(shared_cluster.address))
        server = read_server_facts(client, Keys())

    assert facts == FailoverFacts(replicas=1, needed=0, max_lag=10)
    assert server.appendonly
    assert server.limit == 0
