"""Servers that are refused when a part starts: a cluster for the queues, and an address of another kind of server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, suppress
from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from copytaster.bootstrap.environment import NO_CLUSTER_FOR_QUEUES
from copytaster.errors import ConfigurationError, TransientError
from copytaster.store.redis.addresses import Scheme, ServerAddress, read_address
from copytaster.store.redis.client import READER_TIMEOUT_SECONDS, connect, transient_errors


def refuse_unsuitable_servers(*, store: str, broker: str) -> None:
    """Raise ``ConfigurationError`` if the server of the queues is a cluster, or an address does not fit its server.

    Cost: one round trip for each address. A server that does not answer is not refused: parts start without it and
    wait.
    """
    if broker != store:
        refuse_cluster_for_queues(broker)
    where = read_address(store)
    found = runs_as_cluster(where)
    if found is None or found is (where.scheme is Scheme.CLUSTER):
        return
    if found:
        raise ConfigurationError(
            "the server of COPYTASTER_REDIS_URL is a node of a cluster: set the address to"
            f" redis+cluster://HOST:PORT,HOST:PORT. For the same reason COPYTASTER_BROKER_URL is needed:"
            f" {NO_CLUSTER_FOR_QUEUES}"
        )
    raise ConfigurationError(
        "COPYTASTER_REDIS_URL is the address of a cluster, and its server is not in cluster mode: use redis://"
    )


def refuse_cluster_for_queues(broker: str) -> None:
    """Raise ``ConfigurationError`` if the server is a node of a cluster; one round trip."""
    if runs_as_cluster(read_address(broker)):
        raise ConfigurationError(f"the server of COPYTASTER_BROKER_URL is a node of a cluster: {NO_CLUSTER_FOR_QUEUES}")


def runs_as_cluster(where: ServerAddress) -> bool | None:
    """Return whether the server is a node of a cluster, as it says itself; None if none answers or tells it."""
    with suppress(TransientError):
        return ask_whether_cluster(where)
    return None


def ask_whether_cluster(where: ServerAddress) -> bool:
    """Return whether the server is a node of a cluster. Raises ``TransientError`` with the error of the last node."""
    with transient_errors(), ExitStack() as stack:
        *others, last = [stack.enter_context(client) for client in _clients(where)]
        for client in others:
            with suppress(RedisError):
                return _is_in_cluster_mode(client)
        return _is_in_cluster_mode(last)


def _is_in_cluster_mode(client: Redis) -> bool:
    facts: Any = client.info("cluster")
    return bool(facts["cluster_enabled"])


def _clients(where: ServerAddress) -> Iterator[Redis]:
    if where.scheme is not Scheme.CLUSTER:
        yield connect(where.url, name="copytaster-start", reader=True)
        return
    for host, port in where.nodes:  # each by itself: a client of a cluster refuses a server that is none
        yield Redis(
            host,
            port,
            username=where.username,
            password=where.password,
            socket_timeout=READER_TIMEOUT_SECONDS,
            socket_connect_timeout=READER_TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
