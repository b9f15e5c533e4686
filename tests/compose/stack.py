"""The stack of the real compose file, and the tests' access to it: commands, requests to published pages, files."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from tests.compose import made_up
from tests.compose.engine import ROOT, CommandError, Engine

Answer = TypeVar("Answer")

PROJECT = "copytaster-e2e"

INSTANCES = {"redis": 1, "watcher": 1, "worker": 2, "tagger": 1, "background": 1, "api": 2}
"""Containers of each long-running service."""

BUILD_SECONDS = 1200
"""Time limit for building both images; 30 s were measured on an idle machine of two cores, 10 minutes on a busy one."""

UP_SECONDS = 900
"""Time limit until all services are healthy; 15 s were measured, and more than 300 beside many other jobs."""

STANDSTILL_SECONDS = 240
"""Longest time in which no further file is settled: parts that were killed start again, and leases end. A burst takes
20 s on an idle machine of two cores, and has no time limit, because others may keep the machine busy."""

PAUSE_SECONDS = 0.3
"""Interval of checks while waiting: each starts one or two processes."""

SIGNAL_MAIN_PROCESS = """
for process in /proc/[0-9]*; do
  read -r id name state parent rest <"$process/stat" || continue
  [ "$parent" != 1 ] || kill "-$0" "$id"
done
"""
"""Sends a signal to what the container's init process started. From inside: this needs no privilege on the machine, and
unlike `docker kill` it triggers the restart policy."""


@dataclass(frozen=True, slots=True)
class Stack:
    """One project of the compose file with its own data folder, ports and password."""

    engine: Engine
    data: Path
    ports: Mapping[str, int]
    environ: Mapping[str, str]
    secrets: Mapping[str, str]
    """The content of each file of secrets, by its name."""
    name: str = PROJECT
    overlays: tuple[str, ...] = ()
    """Compose files that are laid over the real one."""

    def compose(self, *arguments: str, seconds: float = 60) -> str:
        """Return what ``docker compose`` prints. No .env file is read."""
        command = ["docker", "compose", "--ansi", "never", "--env-file", os.devnull, "--project-name", self.name]
        if self.overlays:
            command += [part for each in ("docker-compose.yml", *self.overlays) for part in ("-f", each)]
        return self.engine.run([*command, *arguments], environ=self.environ, seconds=seconds)

    def up(self, *options: str, services: Sequence[str] = ()) -> None:
        """Start all services, with two workers and two APIs, and wait until they are healthy.

        ``options`` come before ``up``, and ``services`` limit which are started.

        Raises ``CommandError`` with the end of the logs.
        """
        try:
            scaled = ["--scale", "worker=2", "--scale", "api=2"]
            self.compose(*options, "up", "--detach", "--no-build", "--wait", *scaled, *services, seconds=UP_SECONDS)
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

    def redis(self, *command: str) -> str:
        """Return what the server answers to its administrator."""
        [redis] = self.containers("redis")
        line = 'REDISCLI_AUTH=$(cat /run/secrets/redis_admin) exec redis-cli --user admin -e "$@"'
        return self.inside(redis, "sh", "-c", line, "redis-cli", *command)

    def drop(self, name: str, text: str) -> None:
        """Put a file into the inbox as senders should."""
        made_up.drop(self.data / "inbox", name, text)

    def drop_stories(self, first: int, end: int) -> None:
        """Put made-up stories into the inbox, by their numbers."""
        made_up.drop_stories(self.data / "inbox", first, end)

    def kill(self, container: str) -> None:
        """End the main process of a container at once."""
        with suppress(CommandError):  # the command may die with its container
            self.inside(container, "sh", "-c", SIGNAL_MAIN_PROCESS, "KILL")

    def down(self) -> None:
        """Remove the containers and the volumes, and leave the data folder."""
        profiles = [part for each in ("monitoring", "backup", "restore") for part in ("--profile", each)]
        self.compose(*profiles, "down", "--volumes", "--timeout", "1", seconds=UP_SECONDS)

    def destroy(self) -> None:
        """Remove the containers, the volumes and everything in the data folder."""
        self.down()
        for each in self.data.iterdir():
            shutil.rmtree(each)

    def answers(self, path: str) -> bool:
        """Return whether the API answers a page without an error."""
        try:
            self.fetch("api", path)
        except CommandError:
            return False
        return True

    def balance(self) -> dict[str, Any]:
        """Return how many files were seen, are in flight, and ended how."""
        found: dict[str, Any] = self.get_json("/api/v1/status")["balance"]
        return found

    def is_balanced(self) -> bool:
        """Return whether every delivery that was seen has a disposition or is in flight."""
        now = self.balance()
        return bool(now["seen"] == now["in_flight"] + sum(now["dispositions"].values()))

    def all_are_in(self, seen: int) -> None:
        """Wait until so many files were seen, and none is in flight, as long as there is progress."""
        last, known_at = (0, 0), time.monotonic()
        while last != (seen, seen):
            with suppress(CommandError):  # no answer while parts start
                now = self.balance()
                found = (now["seen"], now["seen"] - now["in_flight"])
                if found != last:
                    last, known_at = found, time.monotonic()
            assert time.monotonic() < known_at + STANDSTILL_SECONDS, f"(seen, settled) is {last}, of {seen} files"
            time.sleep(PAUSE_SECONDS)

    def all_are_stored(self, before: dict[str, Any], count: int) -> None:
        """Wait until nothing is in flight, and compare the balance with that before ``count`` files arrived."""
        self.all_are_in(before["seen"] + count)
        now = self.balance()
        assert self.is_balanced()
        assert now["dispositions"]["stored"] == before["dispositions"]["stored"] + count

    def settled(self, name: str) -> dict[str, Any]:
        """Wait for the end of the delivery with this name, and return it."""

        def find() -> dict[str, Any] | None:
            try:
                deliveries = self.get_json(f"/api/v1/deliveries?name={name}")["items"]
            except CommandError:  # 503 while Redis restarts
                return None
            return next((delivery for delivery in deliveries if delivery["disposition"]), None)

        found = wait_until(find)
        assert found is not None
        return found


def wait_until(question: Callable[[], Answer], *, seconds: float = STANDSTILL_SECONDS) -> Answer:
    """Return the first truthy answer to ``question``; after ``seconds`` without one, fail with the last."""
    end = time.monotonic() + seconds
    while not (answer := question()):
        assert time.monotonic() < end, f"not within {seconds} s; the last answer was {answer!r}"
        time.sleep(PAUSE_SECONDS)
    return answer


def build(engine: Engine) -> None:
    """Build the product's and the monitoring image."""
    options = engine.build_options(ROOT / "docker-compose.yml")
    command = ["docker", "compose", *options, "--env-file", os.devnull, "--profile", "monitoring", "build", "--quiet"]
    engine.run(command, environ=image_names(engine), seconds=BUILD_SECONDS)


@contextmanager
def stack(engine: Engine, data: Path) -> Iterator[Stack]:
    """Yield the stack, healthy, with two workers; take it down with its volumes afterwards."""
    ports = {page: free_port() for page in ("api", "flower", "prometheus", "alertmanager")}
    secrets = _set_up(data.with_name(f"{data.name}-checkout"))
    environ = {**image_names(engine), **_variables(data, ports), "COPYTASTER_SECRETS": str(secrets)}
    contents = {file.name: file.read_text(encoding="ascii").strip() for file in secrets.iterdir()}
    project = Stack(engine, data, ports, environ, contents)
    try:
        project.up()
        yield project
    finally:
        project.down()


def _set_up(checkout: Path) -> Path:
    """Call `deploy/setup` in a copy of what it needs, and return the folder of the secrets."""
    (checkout / "deploy").mkdir(parents=True)
    shutil.copy(ROOT / "deploy" / "setup", checkout / "deploy")
    shutil.copy(ROOT / ".env.example", checkout)
    subprocess.run([checkout / "deploy" / "setup", "--without-engine"], check=True, stdout=subprocess.DEVNULL)
    return checkout / "secrets"


def image_names(engine: Engine) -> dict[str, str]:
    """Use separate image names, so that a developer's images do not change."""
    ours = {"COPYTASTER_IMAGE": "copytaster:e2e", "COPYTASTER_MONITORING_IMAGE": "copytaster-monitoring:e2e"}
    return ours | dict(engine.images)


def _variables(data: Path, ports: Mapping[str, int]) -> dict[str, str]:
    owner = {} if os.geteuid() == 0 else {"COPYTASTER_UID": str(os.geteuid()), "COPYTASTER_GID": str(os.getegid())}
    return {
        "COPYTASTER_HOST_DATA": str(data),
        "COPYTASTER_LEASE_SECONDS": "8",  # the work of a killed worker is taken over sooner
        "COPYTASTER_API_PORT": f"{ports['api']}-{ports['api'] + 1}",
        "FLOWER_PORT": str(ports["flower"]),
        "PROMETHEUS_PORT": str(ports["prometheus"]),
        "ALERTMANAGER_PORT": str(ports["alertmanager"]),
        **owner,
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
