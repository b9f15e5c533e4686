"""The users of the ACL file can work with a store on a cluster."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from copytaster.bootstrap.store import redis_store
from copytaster.store.keys import Keys
from copytaster.store.redis.client import connect
from copytaster.store.server_users import Role, acl_file

if TYPE_CHECKING:
    from copytaster.clock import ManualClock
    from tests.redis_cluster import RealCluster

PASSWORD = "a word"


@pytest.mark.topology
@pytest.mark.parametrize("role", [Role.WATCHER, Role.WORKER, Role.API])
def test_a_part_finds_the_servers_of_its_keys(role: Role, shared_cluster: RealCluster, clock: ManualClock) -> None:
    shared_cluster.empty()
    (rule,) = (
        each for each in acl_file({role: PASSWORD}, prefix=Keys().prefix, broker="q:").splitlines() if role in each
    )
    for number in range(len(shared_cluster.ports)):
        with shared_cluster.node(number) as node:
            node.execute_command("ACL", "SETUSER", *rule.split()[1:])
    address = shared_cluster.address.replace("://", f"://{role}:{PASSWORD.replace(' ', '%20')}@")

    with connect(address, name="part") as client:
        store = redis_store(client, clock=clock, window=timedelta(days=1))

        assert store.ledger.balance().closed
        assert store.articles.count() == 0
        assert store.epoch.read().run
        assert store.memory.read().used
