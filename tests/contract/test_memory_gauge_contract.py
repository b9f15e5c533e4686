"""What every look at the server's memory keeps; a simulated server knows no memory, so only a real one is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from copytaster.errors import TransientError
from copytaster.store.memory.memory_gauge import FixedMemoryGauge
from copytaster.store.ports.memory_gauge import MemoryGauge, MemoryUse
from copytaster.store.redis.client import connect
from copytaster.store.redis.memory_gauge import RedisMemoryGauge

LIMIT = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Measured:
    """A gauge, and a function that sets the limit of its server."""

    gauge: MemoryGauge
    limit_to: Callable[[int], object]


@pytest.fixture(params=["memory", "valkey"])
def measured(request: pytest.FixtureRequest) -> Iterator[Measured]:
    if request.param == "memory":
        fixed = FixedMemoryGauge()
        yield Measured(fixed, lambda limit: setattr(fixed, "use", MemoryUse(used=fixed.use.used, limit=limit)))
        return
    client = connect(request.getfixturevalue("server").address, name="contract")
    yield Measured(RedisMemoryGauge(client), lambda limit: client.config_set("maxmemory", limit))
    client.config_set("maxmemory", 0)
    client.close()


def test_a_server_without_a_limit_has_no_share(measured: Measured) -> None:
    use = measured.gauge.read()

    assert use.used > 0
    assert (use.limit, use.share) == (0, None)


def test_a_server_with_a_limit_has_a_share(measured: Measured) -> None:
    measured.limit_to(LIMIT)

    use = measured.gauge.read()

    assert use.limit == LIMIT
    assert use.share == use.used / LIMIT


def test_a_limit_that_changes_while_the_server_runs_is_read(measured: Measured) -> None:
    measured.limit_to(LIMIT)
    before = measured.gauge.read()

    measured.limit_to(2 * LIMIT)

    assert (before.limit, measured.gauge.read().limit) == (LIMIT, 2 * LIMIT)


def test_a_server_that_is_away_is_a_transient_error() -> None:
    gauge = RedisMemoryGauge(connect("redis://127.0.0.1:1/0", name="contract"))

    with pytest.raises(TransientError):
        gauge.read()
