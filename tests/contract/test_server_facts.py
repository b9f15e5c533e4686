"""What the real server reports about itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from copytaster.errors import ServerUnavailableError
from copytaster.store.keys import Keys
from copytaster.store.redis.client import connect
from copytaster.store.redis.server_facts import read_server_facts

if TYPE_CHECKING:
    from tests.conftest import RealServer


def test_a_server_reports_its_persistence_its_memory_and_its_clock(own_server: RealServer) -> None:
    client = connect(own_server.address, name="doctor")
    client.config_set("appendfsync", "no")
    client.config_set("maxmemory-policy", "allkeys-lru")
    client.config_set("maxmemory", "64mb")
    before = datetime.now(UTC)

    facts = read_server_facts(client, Keys())

    assert facts.version.split()[1][0].isdigit()
    assert (facts.fsync, facts.eviction, facts.limit) == ("no", "allkeys-lru", 64 * 1024**2)
    assert (facts.last_write_failed, facts.refusal) == (False, None)
    assert facts.layout is None
    assert before - timedelta(seconds=1) <= facts.now <= datetime.now(UTC) + timedelta(seconds=1)
    client.close()


def test_a_server_that_refuses_changes_says_why(own_server: RealServer) -> None:
    client = connect(own_server.address, name="doctor")
    client.config_set("min-replicas-to-write", 1)

    assert "NOREPLICAS" in str(read_server_facts(client, Keys()).refusal)
    client.close()


def test_the_other_facts_of_a_server_that_hides_its_settings_are_reported(own_server: RealServer) -> None:
    with own_server.client() as admin:
        admin.acl_setuser("part", enabled=True, nopass=True, keys=["*"], commands=["+@all", "-config"])
    client = connect(own_server.address.replace("//", "//part@"), name="doctor")

    facts = read_server_facts(client, Keys())

    assert (facts.fsync, facts.appendonly, facts.eviction) == (None, True, "noeviction")
    client.close()


def test_a_server_that_hides_its_state_is_named_as_unavailable_with_the_reason(own_server: RealServer) -> None:
    with own_server.client() as admin:
        admin.acl_setuser("part", enabled=True, nopass=True, keys=["*"], commands=["+@all", "-info"])
    client = connect(own_server.address.replace("//", "//part@"), name="doctor")

    with pytest.raises(ServerUnavailableError, match="NOPERM"):
        read_server_facts(client, Keys())
    client.close()
