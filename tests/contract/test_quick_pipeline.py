"""The pipeline of processes that only report has the results and the errors of the client library's own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from redis import Redis
from redis.client import Pipeline
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError

from copytaster.store.redis.client import call, connect, send
from copytaster.store.redis.quick_pipeline import QuickPipeline
from tests.conftest import RealServer


@pytest.fixture
def reader(server: RealServer) -> Iterator[Redis]:
    client = connect(server.address, name="reader", reader=True)
    yield client
    client.close()


def fill(pipe: Any) -> None:
    pipe.set("text", "é")
    pipe.hset("hash", mapping={"a": 1, b"\xff": 2.5})
    pipe.zadd("sorted", {"x": 1.5, "y": 2})
    pipe.hgetall("hash")
    pipe.hmget("hash", ["a", "none"])
    pipe.zrange("sorted", 0, -1, withscores=True)
    pipe.zscore("sorted", "y")
    pipe.get("text")
    pipe.get("none")
    pipe.expire("text", 100)
    pipe.info("server")


def comparable(replies: list[Any]) -> list[Any]:
    return [*replies[:-1], sorted(replies[-1])]


@pytest.mark.parametrize("transaction", [False, True])
def test_replies_are_those_of_the_library(client: Redis, reader: Redis, transaction: bool) -> None:
    usual, quick = client.pipeline(transaction=transaction), reader.pipeline(transaction=transaction)
    fill(usual)
    expected = comparable(usual.execute())
    client.flushall()
    fill(quick)

    assert isinstance(quick, QuickPipeline)
    assert comparable(quick.execute()) == expected
    assert quick.execute() == []


def test_an_error_is_raised_after_all_replies_were_read(reader: Redis) -> None:
    pipe = reader.pipeline(transaction=False)
    pipe.set("text", "x")
    pipe.hget("text", "a")
    pipe.incr("text")
    pipe.get("text")

    with pytest.raises(ResponseError, match=r"Command # 2 \(HGET text a\) of pipeline.*WRONGTYPE"):
        pipe.execute()

    assert reader.get("text") == b"x"


def test_a_script_that_the_server_has_lost_is_loaded(reader: Redis) -> None:
    echo = reader.register_script("return ARGV[1]")
    reader.script_flush()

    def call_twice(pipe: Pipeline) -> None:
        call(pipe, echo, ["key"], [1])
        call(pipe, echo, ["key"], ["two"])

    assert send(reader, [echo], call_twice) == [b"1", b"two"]


def test_commands_are_sent_again_on_a_new_connection(reader: Redis, client: Redis) -> None:
    reader.set("text", "x")
    client.client_kill_filter(_type="normal", skipme=True)
    pipe = reader.pipeline(transaction=False)
    pipe.get("text")

    assert pipe.execute() == [b"x"]


def test_a_server_that_is_away_is_an_error_of_the_connection() -> None:
    pipe = connect("redis://127.0.0.1:1/0", name="reader", reader=True).pipeline(transaction=False)
    pipe.get("text")

    with pytest.raises(RedisConnectionError):
        pipe.execute()
