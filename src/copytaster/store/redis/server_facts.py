"""Reads the settings and the clock of the server."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from redis import Redis, ResponseError
from redis.exceptions import RedisError

from copytaster.errors import ChangesRefusedError
from copytaster.store.keys import Keys
from copytaster.store.ports.server_facts import FailoverFacts, ServerFacts
from copytaster.store.redis.addresses import Scheme, ServerAddress
from copytaster.store.redis.client import sentinel_options, text, transient_errors
from copytaster.store.redis.layout import RedisLayout
from copytaster.store.redis.write_check import RedisWriteCheck


def read_server_facts(client: Redis, keys: Keys) -> ServerFacts:
    """Return the facts; five commands. Raises ``TransientError``."""
    with transient_errors():
        info: Any = client.info()
        seconds, microseconds = client.time()
    return ServerFacts(
        version=f"{info.get('server_name', 'redis')} {info.get('valkey_version') or info['redis_version']}",
        now=datetime.fromtimestamp(seconds + microseconds / 1e6, UTC),
        appendonly=bool(info["aof_enabled"]),
        fsync=_setting(client, "appendfsync"),
        last_write_failed=info.get("aof_last_write_status", "ok") != "ok",
        limit=int(info["maxmemory"]),
        eviction=info["maxmemory_policy"],
        layout=RedisLayout(client, keys).read(),
        refusal=_refusal(client, keys),
    )


def read_failover_facts(client: Redis, where: ServerAddress) -> FailoverFacts | None:
    """Return what is known about failovers; None for the address of one server. Raises ``TransientError``.

    Cost: three commands, and one to a Sentinel.
    """
    if where.scheme not in {Scheme.SENTINEL, Scheme.CLUSTER}:
        return None
    with transient_errors():
        replication: Any = client.info("replication")
    needed, max_lag = _setting(client, "min-replicas-to-write"), _setting(client, "min-replicas-max-lag")
    known = _as_a_sentinel_knows_it(where) if where.scheme is Scheme.SENTINEL else {}
    return FailoverFacts(
        replicas=int(replication["connected_slaves"]),
        needed=int(needed) if needed else None,
        max_lag=int(max_lag) if max_lag else None,
        sentinels=int(known["num-other-sentinels"]) + 1 if known else None,
        down_after=int(known["down-after-milliseconds"]) / 1000 if known else None,
    )


def _as_a_sentinel_knows_it(where: ServerAddress) -> dict[str, Any]:
    """Return the state of the primary server in the words of the first Sentinel that answers."""
    for host, port in where.nodes:
        with Redis(host, port, **sentinel_options(where)) as sentinel:
            try:
                found: Any = sentinel.sentinel_master(where.service)
            except RedisError:
                continue
            return dict(found)
    return {}


def _refusal(client: Redis, keys: Keys) -> str | None:
    try:
        RedisWriteCheck(client, keys.presence()).check()
    except ChangesRefusedError as error:
        return str(error)
    return None


def _setting(client: Redis, name: str) -> str | None:
    """Return a setting; None where the server does not let its clients read settings, as many hosted ones."""
    with transient_errors():
        try:
            found: Any = client.config_get(name)
        except ResponseError:
            return None
    return next((text(value) for value in found.values()), None)
