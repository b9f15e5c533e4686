"""Dumps of the server's data as commands, to test that a release reads and rewrites what an earlier one has written.

``python -m tests.layouts FILE`` writes the dump of a small store with the present code; a dump is never written again.
"""

from __future__ import annotations

import json
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import redis

from copytaster.bootstrap.store import redis_store
from copytaster.clock import ManualClock
from copytaster.pipeline.tag import tag
from copytaster.store.redis.client import connect
from tests.conftest import started_server
from tests.factories import a_desk, an_item, prose

WINDOW = timedelta(days=30)

FREQUENCIES = b"ct:{terms:"
"""Keys of counters, a megabyte of JSON for each language."""

Command = list[str | int | float]


def fill(address: str, clock: ManualClock) -> None:
    """Let the pipeline process a story, its correction, a copy by other bytes, the same bytes, and a broken file."""
    client = connect(address, name="layout")
    desk = a_desk(redis_store(client, clock=clock, window=WINDOW), clock)
    story, correction = (an_item(prose(number), guid="urn:example:1") for number in (1, 2))
    for each in (story, correction, an_item(prose(1), guid="urn:example:2"), story):
        desk.ingest(desk.deliver_items(each))
        clock.advance(seconds=60)
    desk.ingest(desk.deliver(b"{"))
    tag(desk.store.articles.ids(0)[1], deps=desk.deps)
    client.close()


def dump(client: redis.Redis) -> list[Command]:
    """Return commands that write all keys but the term frequencies; bytes are text of as many characters."""
    keys: Any = client.keys("*")
    return [command for key in sorted(keys) if not key.startswith(FREQUENCIES) for command in _commands(client, key)]


def _commands(client: Any, key: bytes) -> list[Command]:
    kind: bytes = client.type(key)
    match kind:
        case b"string":
            return [_command("SET", key, client.get(key))]
        case b"hash":
            return [_command("HSET", key, *pair) for pair in sorted(client.hgetall(key).items())]
        case b"set":
            return [_command("SADD", key, each) for each in sorted(client.smembers(key))]
        case b"zset":
            entries = client.zrange(key, 0, -1, withscores=True)
            return [_command("ZADD", key, repr(score), each) for each, score in entries]
        case b"list":
            return [_command("RPUSH", key, each) for each in client.lrange(key, 0, -1)]
        case b"stream":
            return [
                _command("XADD", key, entry, *(part for pair in fields.items() for part in pair))
                for entry, fields in client.xrange(key)
            ]
        case _:
            raise ValueError(f"{key!r} has the type {kind!r}, which no dump has had yet")


def _command(*parts: str | bytes) -> Command:
    return [each.decode("latin-1") if isinstance(each, bytes) else each for each in parts]


def load(client: redis.Redis, commands: list[Command]) -> None:
    """Execute the commands of a dump."""
    execute: Any = client.execute_command
    for each in commands:
        execute(*(part.encode("latin-1") if isinstance(part, str) else part for part in each))


def main(file: Path) -> None:
    """Write the dump of a small store."""
    with tempfile.TemporaryDirectory() as folder, started_server(Path(folder)) as server:
        fill(server.address, ManualClock())
        with server.client() as client:
            lines = ",\n".join(json.dumps(each) for each in dump(client))
        file.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
