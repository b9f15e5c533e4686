"""What every question whether changes are accepted keeps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from copytaster.errors import ChangesRefusedError, ServerUnavailableError
from copytaster.store.memory.write_check import FixedWriteCheck
from copytaster.store.ports.write_check import WriteCheck
from copytaster.store.redis.client import connect
from copytaster.store.redis.write_check import RedisWriteCheck


@dataclass(frozen=True, slots=True)
class Asked:
    """A check, and what makes its server refuse changes, and accept them again."""

    writes: WriteCheck
    set_refusal: Callable[[str | None], object]
    keys: Callable[[], int]


@pytest.fixture(params=["memory", "valkey"])
def asked(request: pytest.FixtureRequest) -> Iterator[Asked]:
    if request.param == "memory":
        fixed = FixedWriteCheck()
        yield Asked(fixed, lambda refusal: setattr(fixed, "refusal", refusal), lambda: 0)
        return
    client = connect(request.getfixturevalue("server").address, name="contract")
    yield Asked(
        RedisWriteCheck(client, "hash"),
        lambda refusal: client.config_set("min-replicas-to-write", int(refusal is not None)),
        client.dbsize,
    )
    client.config_set("min-replicas-to-write", 0)
    client.close()


def test_a_server_that_accepts_changes_is_not_changed_by_the_question(asked: Asked) -> None:
    asked.writes.check()

    assert asked.keys() == 0


def test_a_server_that_refuses_changes_is_known_until_it_accepts_them_again(asked: Asked) -> None:
    asked.set_refusal("NOREPLICAS")

    with pytest.raises(ChangesRefusedError, match="NOREPLICAS"):
        asked.writes.check()
    asked.set_refusal(None)
    asked.writes.check()


def test_a_server_that_is_away_is_none_that_refuses() -> None:
    with pytest.raises(ServerUnavailableError) as caught:
        RedisWriteCheck(connect("redis://127.0.0.1:1/0", name="contract"), "hash").check()

    assert not isinstance(caught.value, ChangesRefusedError)
