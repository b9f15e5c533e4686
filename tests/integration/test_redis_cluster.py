"""The store on a real cluster, the queues on a server of their own; a primary server of the cluster is killed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from copytaster.bootstrap.store import open_known_store
from copytaster.clock import SystemClock
from copytaster.errors import ConfigurationError
from copytaster.settings import Settings
from copytaster.store.keys import Keys
from copytaster.store.ports.presence import Part
from tests.integration.conftest import Tree
from tests.integration.failover_load import IN_THE_MIDDLE, RECOVERY_SECONDS, Load
from tests.redis_cluster import RealCluster, started_cluster

if TYPE_CHECKING:
    from tests.conftest import RealServer, Waiter
    from tests.integration.conftest import Story, WarmParts

FILES = 60


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealCluster]:
    """Give a cluster to all tests of the module; the last one kills a server of it."""
    with started_cluster(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


@pytest.fixture
def tree(
    tmp_path: Path, cluster: RealCluster, module_server: RealServer, wait: Waiter, warm: WarmParts
) -> Iterator[Tree]:
    """Give a tree with the store on the cluster and the queues on a server; its processes end with the test."""
    tree = Tree(tmp_path, cluster, wait, {"BROKER_URL": module_server.address}, warm=warm)
    try:
        yield tree
    finally:
        tree.processes.kill_all()


def started(**addresses: str) -> None:
    open_known_store(Settings.model_validate(addresses), clock=SystemClock(), part="test")


def test_a_server_in_cluster_mode_is_refused_for_the_queues_when_a_part_starts(
    cluster: RealCluster, module_server: RealServer
) -> None:
    node = f"redis://127.0.0.1:{cluster.ports[0]}/0"

    with pytest.raises(ConfigurationError, match="COPYTASTER_BROKER_URL is a node of a cluster"):
        started(redis_url=cluster.address, broker_url=node)
    with pytest.raises(ConfigurationError, match=r"set the address to redis\+cluster://"):
        started(redis_url=node)
    with pytest.raises(ConfigurationError, match="is not in cluster mode"):
        started(redis_url=f"redis+cluster://127.0.0.1:{module_server.port}", broker_url=module_server.address)
    started(redis_url=cluster.address, broker_url=module_server.address)


@pytest.mark.topology
def test_each_file_is_stored_once_though_the_server_of_the_ledger_dies(
    tree: Tree, cluster: RealCluster, story: Story, wait: Waiter
) -> None:
    tree.start(Part.WATCHER, Part.WORKER)
    load = Load(tree, story, FILES)
    load.drop_first()
    wait(lambda: (load.ended() or 0) >= IN_THE_MIDDLE, seconds=RECOVERY_SECONDS)

    cluster.kill(cluster.primary_of(Keys().balance()))
    load.drop_rest()
    wait(load.is_through, seconds=RECOVERY_SECONDS)

    load.assert_each_is_stored_once()
