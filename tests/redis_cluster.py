"""A real cluster of six servers on loopback: three primaries with a third of the slots each, and three replicas."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import redis
from redis.crc import key_slot

from copytaster_cli.processes.embedded_server import HOST, find_binary
from tests.conftest import ReservedPort, wait_until

PRIMARIES = 3

SLOTS = 16_384

NODE_TIMEOUT = 2_000
"""Milliseconds without an answer after which a node counts as failed: tests of a failover wait for it."""

START_SECONDS = 30


class RealCluster:
    """The six servers; the first three are the primaries at the beginning, and server ``n + 3`` replicates ``n``."""

    def __init__(self, folder: Path, ports: list[int], bus_ports: list[int]) -> None:
        self.ports = ports
        self._bus_ports = bus_ports
        self._folder = folder
        self._processes: list[subprocess.Popen[bytes]] = []

    @property
    def address(self) -> str:
        return "redis+cluster://" + ",".join(f"{HOST}:{port}" for port in self.ports)

    def node(self, number: int) -> redis.Redis:
        return redis.Redis(port=self.ports[number])

    def start(self) -> None:
        for port, bus_port in zip(self.ports, self._bus_ports, strict=True):
            (folder := self._folder / str(port)).mkdir()
            options = {"port": port, "cluster-port": bus_port, "bind": HOST, "dir": folder, "appendonly": "yes"}
            options |= {
                "cluster-enabled": "yes",
                "cluster-node-timeout": NODE_TIMEOUT,
                "save": "",
                "loglevel": "warning",
            }
            arguments = [str(each) for name, value in options.items() for each in (f"--{name}", value)]
            self._processes.append(subprocess.Popen([find_binary(shutil.which), *arguments], stdout=subprocess.DEVNULL))
        for number in range(len(self.ports)):
            wait_until(lambda number=number: _answers(self.node(number)), seconds=START_SECONDS)  # type: ignore[misc]
        self._join()

    def kill(self, number: int) -> None:
        self._processes[number].kill()
        self._processes[number].wait()

    def stop(self) -> None:
        for each in self._processes:
            each.kill()
            each.wait()

    def primary_of(self, key: str) -> int:
        """Return the number of the server that had the slot of a key at the beginning."""
        return min(int(key_slot(key.encode())) * PRIMARIES // SLOTS, PRIMARIES - 1)

    def empty(self) -> None:
        """Remove all keys, from whichever servers are primaries now."""
        for number, process in enumerate(self._processes):
            with self.node(number) as client:
                if process.poll() is None and _command(client, "ROLE")[0] == b"master":
                    client.flushall()

    def _join(self) -> None:
        share = SLOTS // PRIMARIES
        with ExitStack() as stack:
            nodes = [stack.enter_context(closing(self.node(number))) for number in range(len(self.ports))]
            for number, node in enumerate(nodes[:PRIMARIES]):
                last = SLOTS - 1 if number == PRIMARIES - 1 else (number + 1) * share - 1
                _command(node, "CLUSTER", "ADDSLOTSRANGE", number * share, last)
            for port, bus_port in zip(self.ports[1:], self._bus_ports[1:], strict=True):
                _command(nodes[0], "CLUSTER", "MEET", HOST, port, bus_port)
            ids = [_command(node, "CLUSTER", "MYID") for node in nodes]
            for number, node in enumerate(nodes[PRIMARIES:]):
                wait_until(lambda node=node, n=number: _replicates(node, ids[n]), seconds=START_SECONDS)  # type: ignore[misc]
            for node in nodes:
                wait_until(lambda node=node: _is_whole(node, len(nodes)), seconds=START_SECONDS)  # type: ignore[misc]


@contextmanager
def started_cluster(folder: Path) -> Iterator[RealCluster]:
    """Start a cluster in ``folder`` and end it; its ports remain reserved."""
    ports = [ReservedPort() for _ in range(4 * PRIMARIES)]
    numbers = [each.number for each in ports]
    cluster = RealCluster(folder, numbers[: 2 * PRIMARIES], numbers[2 * PRIMARIES :])
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
        for each in ports:
            each.close()


def _answers(client: redis.Redis) -> bool:
    try:
        with client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def _replicates(node: redis.Redis, primary: Any) -> bool:
    """Make a node a replica; it has to know the primary by then, which the nodes tell each other."""
    try:
        return bool(_command(node, "CLUSTER", "REPLICATE", primary))
    except redis.ResponseError:
        return False


def _is_whole(node: redis.Redis, nodes: int) -> bool:
    """Return whether a node knows all others, all slots are served, and each replica is connected."""
    info: Any = _command(node, "CLUSTER", "INFO")
    lines = {each.partition(":")[0]: each.partition(":")[2] for each in _text(info).split("\r\n")}
    known = _text(_command(node, "CLUSTER", "NODES"))
    state: Any = node.info("replication")
    linked = state.get("master_link_status", "up") == "up" and int(state.get("connected_slaves", 1)) >= 1
    return (
        lines["cluster_state"] == "ok"
        and int(lines["cluster_known_nodes"]) == nodes
        and known.count("slave") == nodes - PRIMARIES
        and (linked or state["role"] == "slave")
    )


def _command(node: redis.Redis, *arguments: object) -> Any:
    return node.execute_command(*arguments)  # type: ignore[no-untyped-call]


def _text(reply: Any) -> str:
    return reply.decode() if isinstance(reply, bytes) else str(reply)
