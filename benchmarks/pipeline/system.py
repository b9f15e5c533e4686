"""A whole system in a temporary folder, with the processes and the settings of ``copytaster up``."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import SecretStr
from redis import Redis

from benchmarks.pipeline.articles import InputFile
from copytaster.bootstrap.environment import load_settings
from copytaster.bootstrap.store import open_store
from copytaster.clock import SystemClock
from copytaster.settings import PREFIX, Settings
from copytaster.store.redis.client import connect
from copytaster.store.store import Store
from copytaster_cli.processes.embedded_server import prepare_server
from copytaster_cli.processes.process import Command, Process
from copytaster_cli.processes.readiness import read_problem
from copytaster_cli.processes.tree import PROCESSES, locked_settings, part_arguments, tree_environment

START_SECONDS = 180.0
"""The workers load their models in about two seconds; a busy machine takes much longer."""

END_SECONDS = 30.0
"""A worker's soft shutdown takes 8 s, occasionally twice that."""

POLL_SECONDS = 0.05


@dataclass(slots=True)
class System:
    """The running processes, and access to their server."""

    settings: Settings
    client: Redis
    store: Store
    outside: Path
    processes: dict[str, Process] = field(default_factory=dict)

    @property
    def mains(self) -> dict[str, int]:
        """The process ids of the parts' main processes."""
        return {name: process.pid for name, process in self.processes.items()}

    def prepare(self, file: InputFile) -> Path:
        """Write a file beside the inbox, on the same filesystem; the folder that it will be in exists then."""
        (self.settings.inbox / file.path).parent.mkdir(parents=True, exist_ok=True)
        path = self.outside / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content)
        return path

    def drop(self, file: InputFile) -> float:
        """Rename a prepared file into the inbox, and return when."""
        begin = time.time()
        (self.outside / file.path).rename(self.settings.inbox / file.path)
        return begin

    def check(self) -> None:
        """Raise ``SystemExit`` if a process has ended."""
        for name, process in self.processes.items():
            if process.status() is not None:
                raise SystemExit(f"the {name} has ended{process.command.last_lines()}")


@contextmanager
def running_system(*, entities: bool = True, settings: Mapping[str, str] | None = None) -> Iterator[System]:
    """Start server, watcher, worker, background worker and API; yield when all are ready, and stop them at the end."""
    with TemporaryDirectory(prefix="copytaster-benchmark-") as folder:
        given = {"DATA": f"{folder}/data", "API_PORT": "0"} | dict(settings or {})
        environ = {key: value for key, value in os.environ.items() if not key.startswith(PREFIX)}
        environ |= {PREFIX + name: value for name, value in given.items()} | {"TMPDIR": folder}
        with locked_settings(load_settings(environ)) as (locked, lock):
            started = dict[str, Process]()
            try:
                yield _start(locked, environ, lock, started, entities=entities)
            finally:
                _stop(started)


def _start(
    settings: Settings, environ: Mapping[str, str], lock: int, started: dict[str, Process], *, entities: bool
) -> System:
    settings.inbox.mkdir(parents=True)
    settings.logs.mkdir(parents=True, exist_ok=True)
    server = prepare_server(settings.server_folder, lock=lock, output=settings.logs / "server.log")
    started["server"] = Process(server.command)
    wait_until(server.answers, START_SECONDS, "the server answers")
    server.write_address_file()
    settings = settings.model_copy(update={"redis_url": SecretStr(server.address)})
    for name, (part, queues) in PROCESSES.items():
        arguments = part_arguments(part, *queues)
        if part == "worker" and not entities:
            arguments = (sys.executable, "-m", "benchmarks.pipeline.worker_without_entities", *queues)
        log = settings.logs / f"{name}.log"
        command = Command(
            name=name, arguments=arguments, environ=tree_environment(environ, settings), output=log, log=log
        )
        started[name] = Process(command)
    client = connect(server.address, name="benchmark")
    system = System(
        settings,
        client,
        open_store(settings, clock=SystemClock(), part="benchmark"),
        settings.data / "outside",
        started,
    )
    wait_until(lambda: _is_ready(system), START_SECONDS, "the system is ready")
    return system


def _is_ready(system: System) -> bool:
    system.check()
    return read_problem(system.settings) is None


def _stop(started: Mapping[str, Process]) -> None:
    parts = [process for name, process in started.items() if name != "server"]
    for each in parts:
        each.terminate()
    deadline = time.monotonic() + END_SECONDS
    while any(each.status() is None for each in parts) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    for process in started.values():
        process.kill()
        while process.status() is None:
            time.sleep(POLL_SECONDS)


def wait_until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Return when the condition is true. Raises ``SystemExit`` after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit(f"within {seconds:g} s it did not happen that {what}")
        time.sleep(POLL_SECONDS)
