"""The stack of the real compose file, and the tests' access to it: commands, requests to published pages, files."""

from __future__ import annotations

import json
import os
import secrets
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from tests.compose.engine import CommandError, Engine

Answer = TypeVar("Answer")

PROJECT = "copytaster-e2e"

FLOWER_LOGIN = "desk:night-shift"

BUILD_SECONDS = 600
"""Time limit for building both images; 30 s were measured on an idle machine of two cores."""

UP_SECONDS = 240
"""Time limit until all services are healthy; 15 s were measured."""

PAUSE_SECONDS = 0.3
"""Interval of checks while waiting: each starts one or two processes."""

KILL_MAIN_PROCESS = """
for process in /proc/[0-9]*; do
  read -r id name state parent rest <"$process/stat" || continue
  [ "$parent" != 1 ] || kill -9 "$id"
done
"""
"""Kills what the container's init process started. From inside: this needs no privilege on the machine, and unlike
`docker kill` it triggers the restart policy."""


@dataclass(frozen=True, slots=True)
class Stack:
    """One project of the compose file with its own data folder, ports and password."""

    engine: Engine
    data: Path
    ports: Mapping[str, int]
    environ: Mapping[str, str]

    def compose(self, *arguments: str, seconds: float = 60) -> str:
        """Return what ``docker compose`` prints. No .env file is read."""
        command = ["docker", "compose", "--ansi", "never", "--env-file", os.devnull, "--project-name", PROJECT]
        return self.engine.run([*command, *arguments], environ=self.environ, seconds=seconds)

    def up(self, *options: str) -> None:
        """Start all services, with two workers, and wait until it is healthy; ``options`` come before ``up``.

        Raises ``CommandError`` with the end of the logs.
        """
        try:
            self.compose(*options, "up", "--detach", "--no-build", "--wait", "--scale", "worker=2", seconds=UP_SECONDS)
        except CommandError as error:
            raise CommandError(f"{error}\n{self.compose(*options, 'logs', '--tail', '20')}") from error

    def containers(self, service: str) -> list[str]:
        """Return the ids of the service's containers."""
        return self.compose("ps", "--quiet", service).split()

    def inspect(self, container: str, template: str) -> str:
        """Return the output of ``docker inspect`` for a container, by a Go template."""
        return self.engine.run(["docker", "inspect", "--format", template, container]).strip()

    def inside(self, container: str, *command: str) -> str:
        """Return what ``command`` prints inside a container, as the container's user."""
        return self.engine.run(["docker", "exec", container, *command])

    def fetch(self, page: str, path: str, *options: str) -> str:
        """Return the content of the published page ``page``; ``options`` are curl's. An error status raises."""
        address = f"http://127.0.0.1:{self.ports[page]}{path}"
        return self.engine.run(["curl", "--silent", "--show-error", "--fail", "--max-time", "10", *options, address])

    def get_json(self, path: str) -> Any:
        """Return the API's JSON answer."""
        return json.loads(self.fetch("api", path))

    def drop(self, name: str, text: str) -> None:
        """Put a file into the inbox as senders should: written under a name that is never taken, then renamed."""
        unfinished = self.data / "inbox" / f".{name}"
        unfinished.write_text(text, encoding="utf-8")
        unfinished.rename(unfinished.with_name(name))


def wait_until(question: Callable[[], Answer], *, seconds: float = 60) -> Answer:
    """Return the first truthy answer to ``question``; after ``seconds`` without one, fail with the last."""
    end = time.monotonic() + seconds
    while not (answer := question()):
        assert time.monotonic() < end, f"not within {seconds} s; the last answer was {answer!r}"
        time.sleep(PAUSE_SECONDS)
    return answer


def build(engine: Engine) -> None:
    """Build the product's and the monitoring image."""
    environ = {"REDIS_PASSWORD": "unused-while-building", **_images(engine)}
    command = ["docker", "compose", *engine.build_options, "--env-file", os.devnull, "--profile", "monitoring", "build"]
    engine.run([*command, "--quiet"], environ=environ, seconds=BUILD_SECONDS)


@contextmanager
def stack(engine: Engine, data: Path) -> Iterator[Stack]:
    """Yield the stack, healthy, with two workers; take it down with its volumes afterwards."""
    ports = {page: _free_port() for page in ("api", "flower", "prometheus")}
    project = Stack(engine, data, ports, {**_images(engine), **_variables(data, ports)})
    try:
        project.up()
        yield project
    finally:
        project.compose("--profile", "monitoring", "down", "--volumes", "--timeout", "1", seconds=UP_SECONDS)


def _images(engine: Engine) -> dict[str, str]:
    """Use separate image names, so that a developer's images do not change."""
    ours = {"COPYTASTER_IMAGE": "copytaster:e2e", "COPYTASTER_MONITORING_IMAGE": "copytaster-monitoring:e2e"}
    return ours | dict(engine.images)


def _variables(data: Path, ports: Mapping[str, int]) -> dict[str, str]:
    owner = {} if os.geteuid() == 0 else {"COPYTASTER_UID": str(os.geteuid()), "COPYTASTER_GID": str(os.getegid())}
    return {
        "REDIS_PASSWORD": secrets.token_hex(16),
        "FLOWER_BASIC_AUTH": FLOWER_LOGIN,
        "COPYTASTER_HOST_DATA": str(data),
        "COPYTASTER_LEASE_SECONDS": "8",  # the work of a killed worker is taken over sooner
        "COPYTASTER_API_PORT": str(ports["api"]),
        "FLOWER_PORT": str(ports["flower"]),
        "PROMETHEUS_PORT": str(ports["prometheus"]),
        **owner,
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
