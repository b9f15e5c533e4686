"""Reads the settings and the clock of the server."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from redis import Redis, ResponseError

from copytaster.store.keys import Keys
from copytaster.store.ports.server_facts import ServerFacts
from copytaster.store.redis.client import text, transient_errors
from copytaster.store.redis.layout import RedisLayout


def read_server_facts(client: Redis, keys: Keys) -> ServerFacts:
    """Return the facts; four commands. Raises ``TransientError``."""
    with transient_errors():
        info: Any = client.info()
        seconds, microseconds = client.time()
    return ServerFacts(
        version=f"{info.get('server_name', 'redis')} {info.get('valkey_version') or info['redis_version']}",
        now=datetime.fromtimestamp(seconds + microseconds / 1e6, UTC),
        appendonly=bool(info["aof_enabled"]),
        fsync=_fsync(client),
        last_write_failed=info.get("aof_last_write_status", "ok") != "ok",
        limit=int(info["maxmemory"]),
        eviction=info["maxmemory_policy"],
        layout=RedisLayout(client, keys).read(),
    )


def _fsync(client: Redis) -> str | None:
    """Return the setting; None where the server does not let its clients read settings, as many hosted ones."""
    try:
        with transient_errors():
            found: Any = client.config_get("appendfsync")
    except ResponseError:
        return None
    return next((text(value) for value in found.values()), None)
