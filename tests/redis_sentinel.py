"""Three machines with a real server and a real Sentinel each: one primary server, two replicas.

The first machine may be a network namespace, whose only link the test can cut. Everything else is in the namespace of
the test.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis

from copytaster_cli.processes.embedded_server import HOST, find_binary
from tests.conftest import ReservedPort, wait_until

SERVICE = "newsroom"

MACHINES = 3

QUORUM = 2

DOWN_AFTER = 3_000
"""Milliseconds without an answer after which a Sentinel takes a server for dead; in production 5 to 30 seconds."""

MAX_LAG = 2
"""Seconds without an acknowledgement of a replica after which a primary server refuses writes: less than the time after
which it is replaced, as docs/redis.md recommends."""

START_SECONDS = 30


@dataclass(frozen=True)
class Link:
    """The link between the test's network namespace and that of the first machine."""

    namespace: str
    device: str
    here: str
    there: str

    @property
    def command(self) -> list[str]:
        """What starts a program on the first machine."""
        return ["ip", "netns", "exec", self.namespace]

    def cut(self) -> None:
        """Drop every packet, without an error on either side."""
        _ip("link", "set", self.device, "down")

    def mend(self) -> None:
        _ip("link", "set", self.device, "up")


@contextmanager
def linked_namespace() -> Iterator[Link]:
    """Make a network namespace with a link to this one, and remove it. Needs root."""
    name = f"ct{secrets.token_hex(4)}"
    subnet = f"10.{secrets.randbelow(100) + 100}.{secrets.randbelow(250) + 1}"
    link = Link(namespace=name, device=f"{name}a", here=f"{subnet}.1", there=f"{subnet}.2")
    _ip("netns", "add", name)
    try:
        _ip("link", "add", link.device, "type", "veth", "peer", "name", f"{name}b", "netns", name)
        _ip("address", "add", f"{link.here}/24", "dev", link.device)
        _ip("-n", name, "address", "add", f"{link.there}/24", "dev", f"{name}b")
        for each in (f"{name}b", "lo"):
            _ip("-n", name, "link", "set", each, "up")
        link.mend()
        yield link
    finally:
        _ip("netns", "delete", name)  # and with it both ends of the link


def can_make_namespaces() -> bool:
    """Return whether this process may make network namespaces, and has the program for it."""
    return os.geteuid() == 0 and shutil.which("ip") is not None


class SentinelSet:
    """The servers and Sentinels. ``servers`` and ``sentinels`` are their addresses, by machine."""

    def __init__(self, folder: Path, ports: list[int], link: Link | None) -> None:
        self._folder = folder
        self._link = link
        hosts = [link.there if link else HOST, *[link.here if link else HOST] * (MACHINES - 1)]
        self.servers = list(zip(hosts, ports[:MACHINES], strict=True))
        self.sentinels = list(zip(hosts, ports[MACHINES:], strict=True))
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def address(self) -> str:
        return f"redis+sentinel://{','.join(f'{host}:{port}' for host, port in self.sentinels)}/{SERVICE}/0"

    def start(self) -> None:
        for machine in range(MACHINES):
            self.start_server(machine, primary=0)
        for machine in range(1, MACHINES):
            wait_until(lambda machine=machine: self._is_linked(machine), seconds=START_SECONDS)  # type: ignore[misc]
        for machine in range(MACHINES):
            self._start_sentinel(machine)
        for machine in range(MACHINES):
            wait_until(lambda machine=machine: self._knows_all(machine), seconds=START_SECONDS)  # type: ignore[misc]

    def start_server(self, machine: int, *, primary: int | None = None) -> None:
        """Start a server; without ``primary`` as its data says, as after a crash: a Sentinel corrects that."""
        host, port = self.servers[machine]
        (folder := self._folder / f"server-{machine}").mkdir(exist_ok=True)
        options = {"port": port, "bind": host, "dir": folder, "appendonly": "yes", "save": "", "protected-mode": "no"}
        options |= {"min-replicas-to-write": 1, "min-replicas-max-lag": MAX_LAG, "repl-diskless-sync-delay": 0}
        arguments = [str(each) for name, value in options.items() for each in (f"--{name}", value)]
        if primary is not None and primary != machine:
            arguments += ["--replicaof", self.servers[primary][0], str(self.servers[primary][1])]
        self._start(f"server-{machine}", machine, arguments)
        wait_until(lambda: self._answers(machine), seconds=START_SECONDS)

    def kill_server(self, machine: int) -> None:
        process = self._processes.pop(f"server-{machine}")
        process.kill()
        process.wait()

    def stop(self) -> None:
        for each in self._processes.values():
            each.kill()
            each.wait()

    def server(self, machine: int) -> redis.Redis:
        host, port = self.servers[machine]
        return redis.Redis(host, port, socket_timeout=2, socket_connect_timeout=2)

    def primary(self) -> int:
        """Return the machine of the primary server, as the Sentinel of the last machine knows it."""
        found: Any = self._sentinel(MACHINES - 1).sentinel_get_master_addr_by_name(SERVICE)
        host, port = found
        return self.servers.index((host.decode() if isinstance(host, bytes) else host, int(port)))

    def role(self, machine: int) -> str:
        """Return ``master`` or ``slave``, as a server knows itself."""
        info: Any = self.server(machine).info("replication")
        return str(info["role"])

    def _start_sentinel(self, machine: int) -> None:
        host, port = self.sentinels[machine]
        (folder := self._folder / f"sentinel-{machine}").mkdir()
        primary, primary_port = self.servers[0]
        lines = [
            f"port {port}",
            f"bind {host}",
            f"dir {folder}",
            "protected-mode no",
            f"sentinel monitor {SERVICE} {primary} {primary_port} {QUORUM}",
            f"sentinel down-after-milliseconds {SERVICE} {DOWN_AFTER}",
            f"sentinel failover-timeout {SERVICE} 10000",
        ]
        (folder / "sentinel.conf").write_text("\n".join(lines) + "\n")
        self._start(f"sentinel-{machine}", machine, [str(folder / "sentinel.conf"), "--sentinel"])

    def _start(self, name: str, machine: int, arguments: list[str]) -> None:
        prefix = self._link.command if self._link and machine == 0 else []
        with (self._folder / f"{name}.log").open("ab") as log:
            command = [*prefix, str(find_binary(shutil.which)), *arguments]
            self._processes[name] = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)

    def _answers(self, machine: int) -> bool:
        try:
            return bool(self.server(machine).ping())
        except redis.RedisError:
            return False

    def _is_linked(self, machine: int) -> bool:
        info: Any = self.server(machine).info("replication")
        return bool(info.get("master_link_status") == "up")

    def _knows_all(self, machine: int) -> bool:
        try:
            found: Any = self._sentinel(machine).sentinel_master(SERVICE)
        except redis.RedisError:
            return False
        return bool(found["num-other-sentinels"] == MACHINES - 1 and found["num-slaves"] == MACHINES - 1)

    def _sentinel(self, machine: int) -> redis.Redis:
        host, port = self.sentinels[machine]
        return redis.Redis(host, port, socket_timeout=2, socket_connect_timeout=2)


@contextmanager
def started_sentinels(folder: Path, *, link: Link | None = None) -> Iterator[SentinelSet]:
    """Start the servers and Sentinels in ``folder`` and end them; their ports remain reserved."""
    with ExitStack() as stack:
        ports = [ReservedPort() for _ in range(2 * MACHINES)]
        for each in ports:
            stack.callback(each.close)
        started = SentinelSet(folder, [each.number for each in ports], link)
        stack.callback(started.stop)
        started.start()
        yield started


def _ip(*arguments: str) -> None:
    subprocess.run([shutil.which("ip") or "ip", *arguments], check=True, capture_output=True)
