"""Network namespaces as hosts: each has one connection, to a bridge with the address of the shared servers."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from collections.abc import Sequence
from types import TracebackType
from typing import Self


def unavailable() -> str | None:
    """Return why no namespaces can be made here; None if they can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    missing = [each for each in ("ip", "unshare", "mount", "hostname") if shutil.which(each) is None]
    if missing:
        return f"{', '.join(missing)} not found"
    return None


class Network:
    """A bridge with a namespace for each host; a context manager that removes all of it."""

    def __init__(self, hosts: Sequence[str]) -> None:
        self._token = secrets.token_hex(3)
        self._subnet = f"10.{200 + secrets.randbelow(50)}.{secrets.randbelow(250)}"
        self._hosts = list(hosts)
        self.address = f"{self._subnet}.1"
        """The address of the shared servers, which the hosts reach."""

    def __enter__(self) -> Self:
        """Make the bridge and the namespaces. Raises ``OSError`` if the kernel refuses it."""
        try:
            _ip("link", "add", self._bridge, "type", "bridge")
            _ip("address", "add", f"{self.address}/24", "dev", self._bridge)
            _ip("link", "set", self._bridge, "up")
            for number, host in enumerate(self._hosts, 2):
                self._connect(host, number)
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove namespaces and bridge."""
        self._remove()

    def enter(self, host: str, *, hidden: Sequence[str]) -> list[str]:
        """Return the start of a command that runs on a host: in its network, under its name, without some folders."""
        hide = "".join(f"mount -t tmpfs none '{each}' && " for each in hidden)
        shell = ["unshare", "--uts", "--mount", "sh", "-c", f'{hide}hostname {host} && exec "$@"', host]
        return ["ip", "netns", "exec", self._namespace(host), *shell]

    def cut(self, host: str) -> None:
        """Take away a host's connection."""
        _ip("link", "set", self._outside(host), "down")

    def _connect(self, host: str, number: int) -> None:
        namespace, outside, inside = self._namespace(host), self._outside(host), f"ctp{self._token}{number}"
        _ip("netns", "add", namespace)
        _ip("link", "add", outside, "type", "veth", "peer", "name", inside)
        _ip("link", "set", inside, "netns", namespace)
        _ip("link", "set", outside, "master", self._bridge)
        _ip("link", "set", outside, "up")
        _ip("-n", namespace, "address", "add", f"{self._subnet}.{number}/24", "dev", inside)
        _ip("-n", namespace, "link", "set", inside, "up")
        _ip("-n", namespace, "link", "set", "lo", "up")

    def _remove(self) -> None:
        for arguments in (
            *(("link", "delete", self._outside(host)) for host in self._hosts),
            *(("netns", "delete", self._namespace(host)) for host in self._hosts),
            ("link", "delete", self._bridge),
        ):
            subprocess.run([_program(), *arguments], check=False, capture_output=True)

    @property
    def _bridge(self) -> str:
        return f"ctb{self._token}"

    def _namespace(self, host: str) -> str:
        return f"ct-{self._token}-{host}"

    def _outside(self, host: str) -> str:
        return f"cth{self._token}{self._hosts.index(host)}"


def _ip(*arguments: str) -> None:
    done = subprocess.run([_program(), *arguments], check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise OSError(f"ip {' '.join(arguments)}: {done.stderr.strip()}")


def _program() -> str:
    return shutil.which("ip") or "ip"
