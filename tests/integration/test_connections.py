"""Clients of a server that was restarted while they were connected."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from benchmarks.chaos.proxy import Proxy
from copytaster.store.redis.client import connect
from tests.conftest import RealServer


@pytest.fixture
def proxy(server: RealServer) -> Iterator[Proxy]:
    with Proxy(server.port, random.Random(1)) as proxy:
        yield proxy


@pytest.mark.parametrize("reader", [True, False])
def test_a_command_on_a_connection_that_has_become_stale_succeeds(proxy: Proxy, reader: bool) -> None:
    client = connect(f"redis://127.0.0.1:{proxy.port}/0", name="test", reader=reader)
    with client:
        client.set("name", "Skerry Bay")
        proxy.reset_when_used()

        assert client.get("name") == b"Skerry Bay"
