"""What a client that is connected to a cluster says and does when servers of the cluster die."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from redis.exceptions import RedisError

from copytaster.store.redis.client import connect, script
from tests.redis_cluster import PRIMARIES, RealCluster, started_cluster

if TYPE_CHECKING:
    from redis import Redis

    from tests.conftest import Waiter

KEY = "{one}:key"

FAILOVER_SECONDS = 60

pytestmark = pytest.mark.topology


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealCluster]:
    """Give a cluster to the tests of the module, which kill more and more of it."""
    with started_cluster(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


def pipelined(client: Redis, *, transaction: bool) -> Any:
    pipe = client.pipeline(transaction=transaction)
    pipe.hset(KEY, "field", "value")
    return pipe.execute()


OPERATIONS: dict[str, Callable[[Redis], Any]] = {
    "command": lambda client: client.hget(KEY, "field"),
    "pipeline": lambda client: pipelined(client, transaction=False),
    "transaction": lambda client: pipelined(client, transaction=True),
    "script": lambda client: script(client, "advance")(keys=[KEY]),
    "figures": lambda client: client.info("memory"),
    "scan": lambda client: client.scan(0),
}


def is_primary(client: Redis) -> bool:
    role: Any = client.execute_command("ROLE")  # type: ignore[no-untyped-call]
    return bool(role[0] == b"master")


def has_replica(client: Redis) -> bool:
    link: Any = client.info("replication")
    return bool(link.get("master_link_status") == "up")


@pytest.mark.parametrize("reader", [False, True])
def test_the_figures_and_keys_of_all_servers_are_read_after_a_failover_of_one_that_nothing_else_asks(
    cluster: RealCluster, wait: Waiter, *, reader: bool
) -> None:
    lost = (cluster.primary_of(KEY) + 1 + reader) % PRIMARIES
    client = connect(cluster.address, name="test", reader=reader)
    client.info("memory")
    with cluster.node(lost + PRIMARIES) as replica:
        wait(lambda: has_replica(replica), seconds=FAILOVER_SECONDS)
        cluster.kill(lost)
        wait(lambda: is_primary(replica), seconds=FAILOVER_SECONDS)

    assert client.info("memory")["used_memory"]
    position, is_first = 0, True
    while position or is_first:
        position, is_first = client.scan(position)[0], False


def test_a_cluster_of_which_no_server_answers_is_an_outage_and_no_error_of_the_program(cluster: RealCluster) -> None:
    kinds = [(name, reader) for name in OPERATIONS for reader in (False, True)]
    clients = {kind: connect(cluster.address, name="test", reader=kind[1]) for kind in kinds}
    for client in clients.values():
        client.hget(KEY, "field")
    for number in range(2 * PRIMARIES):
        cluster.kill(number)

    for (name, _), client in clients.items():
        with pytest.raises(RedisError):
            OPERATIONS[name](client)
