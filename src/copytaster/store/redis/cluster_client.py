"""A client of a Redis Cluster that has the commands, pipelines and scripts of the client of one server.

redis-py's own client of a cluster is no ``Redis``, refuses scripts in pipelines, and does not convert the replies of
transactions. This one sends commands and pipelines by it, and transactions by the client of the node that has the slot.
All keys of a script or a transaction are in one slot: see ``copytaster.store.keys``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from redis import Redis, RedisCluster
from redis.client import Pipeline
from redis.cluster import ClusterNode
from redis.exceptions import AskError, ClusterDownError, RedisClusterException, SlotNotCoveredError, TryAgainError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

from copytaster.store.redis.addresses import Node

MOST_NODES = 16_384
"""The number of slots, and so the largest number of primary servers. A position of SCAN is a node's own position times
this number, plus the number of the node."""

MOVES = (AskError, ClusterDownError, RedisConnectionError, RedisTimeoutError, SlotNotCoveredError, TryAgainError)
"""Errors after which the cluster is asked anew which node has a slot. ``MovedError`` is an ``AskError``."""

Guard = Callable[[], None]


T = TypeVar("T")


def _permit() -> None:
    pass


@contextmanager
def _redis_errors() -> Iterator[None]:
    """Convert errors about a cluster as a whole, such as one of which no node answers: they are no ``RedisError``."""
    try:
        yield
    except SlotNotCoveredError as error:
        raise ClusterDownError(str(error)) from error
    except RedisClusterException as error:
        raise RedisConnectionError(str(error)) from error


class ClusterClient(Redis):
    """A client that connects at the first command, and finds the other nodes by one that answers.

    ``guard`` is called before each command, and may refuse it. Figures about the server are those of all primaries: see
    ``merged_info``. Each command may raise ``RedisError``.
    """

    def __init__(self, nodes: Sequence[Node], *, retry: Retry, guard: Guard | None = None, **options: Any) -> None:
        super().__init__()  # its pool opens no connection
        self._nodes = nodes
        self._patience = retry
        self._guard = guard or _permit
        self._options = options
        self._opening = threading.Lock()
        self._opened: RedisCluster | None = None

    @property
    def opened(self) -> RedisCluster:
        """The client of redis-py, which has asked a node for all others. Raises ``ConnectionError`` of redis-py."""
        with self._opening:
            if self._opened is None:
                self._opened = self._open()
            return self._opened

    def execute_command(self, *args: Any, **options: Any) -> Any:
        """Send a command to the node that has its key, or to all that it concerns."""
        self._guard()
        with _redis_errors():
            return self.opened.execute_command(*args, **options)  # type: ignore[no-untyped-call]

    def pipeline(self, transaction: Any = True, shard_hint: Any = None) -> Pipeline:  # noqa: ARG002  # as in the base
        """Return a pipeline; in a transaction, all keys have to be in one slot."""
        self._guard()
        return RoutedPipeline(self, transaction=bool(transaction))

    def info(self, section: str | None = None, *args: str, **_: Any) -> Any:
        """Return the figures of all primary servers as those of one."""
        wanted = [each for each in (section, *args) if each]
        return merged_info(self._try(lambda: [each.info(*wanted) for each in self.primaries()]))

    def scan(self, cursor: Any = 0, match: Any = None, count: int | None = None, *_: Any, **__: Any) -> Any:
        """Examine some keys of one node after the other; a position of 0 is the beginning, and then the end.

        The next node is examined as well if the rest of one has no key.
        """
        return self._try(lambda: self._scan(cursor, match, count))

    def _scan(self, cursor: Any, match: Any, count: int | None) -> tuple[int, list[Any]]:
        at, number = divmod(int(cursor), MOST_NODES)
        names: list[Any] = []
        primaries = self.primaries()
        # There may be fewer nodes than at the call before.
        for following, node in enumerate(primaries[number:], start=number + 1):
            after, found = node.scan(at, match=match, count=count)
            names += found
            if after:
                return int(after) * MOST_NODES + following - 1, names
            if names:
                return (following if following < len(primaries) else 0), names
            at = 0
        return 0, names

    def primaries(self) -> list[Redis]:
        """Return a client of each primary server, in an order that does not change."""
        self._guard()
        nodes = sorted(self.opened.get_primaries(), key=lambda each: str(each.name))  # type: ignore[no-untyped-call]
        return [self.opened.get_redis_connection(each) for each in nodes]

    def transact(self, commands: Sequence[tuple[Any, Mapping[str, Any]]]) -> list[Any]:
        """Send commands about keys of one slot as a transaction, and return the replies."""

        def send() -> list[Any]:
            slots = {self.opened.determine_slot(*args) for args, _ in commands}
            slot = slots.pop()
            if slots or slot is None:
                raise ValueError("a transaction has keys of several slots, or none")
            node = self.opened.nodes_manager.get_node_from_slot(slot)
            with self.opened.get_redis_connection(node).pipeline(transaction=True) as pipe:
                for args, options in commands:
                    pipe.execute_command(*args, **options)  # type: ignore[no-untyped-call]
                return list(pipe.execute())

        return self._try(send)

    def _try(self, send: Callable[[], T]) -> T:
        """Call ``send``; after an error that a lost node explains, ask the cluster for its nodes, and call again."""

        def look_anew(_: Exception) -> None:
            self.opened.nodes_manager.initialize()

        patience: Any = self._patience
        retry = Retry(patience._backoff, patience.get_retries(), MOVES)  # noqa: SLF001  # there is no public name
        with _redis_errors():
            return retry.call_with_retry(send, look_anew)

    def close(self) -> None:
        """Close all connections; the next command opens new ones."""
        opened, self._opened = self._opened, None
        if opened:
            opened.close()
        super().close()

    def _open(self) -> RedisCluster:
        startup = [ClusterNode(host, port) for host, port in self._nodes]  # type: ignore[no-untyped-call]
        with _redis_errors():
            return RedisCluster(startup_nodes=startup, retry=self._patience, **self._options)


class RoutedPipeline(Pipeline):
    """A pipeline that is sent in one part for each node, or as a transaction to one node."""

    def __init__(self, client: ClusterClient, *, transaction: bool) -> None:
        super().__init__(client.connection_pool, {}, transaction, None)
        self._client = client
        self._is_transaction = transaction

    def execute(self, raise_on_error: bool = True) -> list[Any]:  # as in the base
        """Send the commands, and return the replies in their order."""
        commands = list(self.command_stack)
        self.reset()
        if self._is_transaction and commands:
            return self._client.transact(commands)
        about_all = [number for number, (args, _) in enumerate(commands) if args[0] == "INFO"]
        with _redis_errors(), self._client.opened.pipeline(transaction=False) as pipe:  # type: ignore[no-untyped-call]
            for number, (args, options) in enumerate(commands):
                if number not in about_all:
                    # Not by the command's own method: that of EVALSHA only raises an error.
                    pipe.execute_command(*args, **options)
            replies = list(pipe.execute(raise_on_error=raise_on_error))
        for number in about_all:
            replies.insert(number, self._client.info(*commands[number][0][1:]))
        return replies


def merged_info(infos: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the figures of several servers as those of one.

    The run is made of all runs, and as old as the youngest; the memory is that of the server that will be full first,
    because it will refuse work then; persistence and replicas are those of the worst one. The others are of the first.
    """
    merged = dict(infos[0])
    if "run_id" in merged:
        merged["run_id"] = "+".join(sorted(str(each["run_id"]) for each in infos))
        merged["uptime_in_seconds"] = min(int(each["uptime_in_seconds"]) for each in infos)
    if "maxmemory" in merged:
        fullest = max(infos, key=lambda each: _share(int(each["used_memory"]), int(each["maxmemory"])))
        merged |= {name: fullest[name] for name in ("used_memory", "maxmemory")}
    if "connected_slaves" in merged:
        merged["connected_slaves"] = min(int(each["connected_slaves"]) for each in infos)
    if "aof_enabled" in merged:
        merged["aof_enabled"] = min(int(each["aof_enabled"]) for each in infos)
        states = {str(each.get("aof_last_write_status", "ok")) for each in infos}
        merged["aof_last_write_status"] = "ok" if states == {"ok"} else "err"
    return merged


def _share(used: int, limit: int) -> tuple[float, int]:
    """Return by what the fullest server is found: its share of its limit; among those without one, the bytes."""
    return used / limit if limit else 0.0, used
