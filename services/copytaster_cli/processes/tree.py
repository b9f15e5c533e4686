"""The whole system as one tree of processes: server where none is given, watcher, two workers, API."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pydantic import SecretStr

from copytaster.model.work import BACKGROUND, FOREGROUND, Work
from copytaster.settings import PREFIX, Settings
from copytaster_cli.processes.embedded_server import EmbeddedServer, free_port, prepare_server
from copytaster_cli.processes.lock import locked
from copytaster_cli.processes.process import Command
from copytaster_cli.processes.readiness import check_port
from copytaster_cli.processes.supervisor import Supervisor

MODULES = {"watcher": "copytaster_watcher", "worker": "copytaster_workers", "api": "copytaster_api"}
"""The parts by name, and what ``python -m`` takes."""

PROCESSES: dict[str, tuple[str, tuple[Work, ...]]] = {
    "watcher": ("watcher", ()),
    "worker": ("worker", FOREGROUND),
    "background": ("worker", BACKGROUND),
    "api": ("api", ()),
}
"""The processes of the tree beside the server: each one's part, and the queues of a worker."""

METRICS = ("watcher", "worker", "background")
"""The processes that serve their figures, each at the port after the one before."""

PARTS_GRACE = 20.0
"""Seconds for watcher, workers and API to end. A worker's soft shutdown takes 8 s, and now and then twice that."""

SERVER_GRACE = 10.0
"""Seconds for the server to write what it holds."""


@contextmanager
def running_tree(
    settings: Settings, environ: Mapping[str, str], supervisor: Supervisor, *, log: Path | None = None
) -> Iterator[Settings]:
    """Start everything, hand out the settings that the parts got, and bring everything down at the end.

    ``log`` is the file into which standard error goes, if it goes into one.
    Raises ``ConfigurationError`` when the API's port or the data folder is in use, before anything is started, and
    ``TreeFailedError`` when the server cannot be kept alive.
    """
    settings = _with_places(settings)
    with locked(settings.server_folder / "lock") as lock:
        check_port(settings)
        settings.inbox.mkdir(parents=True, exist_ok=True)
        server = None if settings.redis_url else prepare_server(settings.server_folder, lock=lock)
        try:
            settings = _start_server(server, settings, supervisor)
            _start_parts(settings, environ, supervisor, log)
            yield settings
        finally:
            supervisor.bring_down(tuple(PROCESSES), grace=PARTS_GRACE)
            supervisor.bring_down(("server",), grace=SERVER_GRACE)
            if server:
                server.withdraw()


def _with_places(settings: Settings) -> Settings:
    """Return settings that mean the same wherever a part runs: an absolute folder, a definite port."""
    port = settings.api_port or free_port(settings.api_host)
    return settings.model_copy(update={"data": settings.data.absolute(), "api_port": port})


def _start_server(server: EmbeddedServer | None, settings: Settings, supervisor: Supervisor) -> Settings:
    if server is None:
        return settings
    supervisor.start(server.command)
    supervisor.run(_until_answering(server))
    server.announce()
    return settings.model_copy(update={"redis_url": SecretStr(server.address)})


def _until_answering(server: EmbeddedServer) -> Iterator[None]:
    """Yield while the server loads its data, however much that is; that it stays alive is the supervisor's business."""
    while not server.answers():
        yield


def _start_parts(settings: Settings, environ: Mapping[str, str], supervisor: Supervisor, log: Path | None) -> None:
    if supervisor.interrupted:
        return
    for name, (part, queues) in PROCESSES.items():
        own = tree_environment(environ, _with_own_metrics(settings, name))
        supervisor.start(Command(name=name, arguments=part_arguments(part, *queues), environ=own, log=log))


def _with_own_metrics(settings: Settings, name: str) -> Settings:
    """Return settings whose metrics port, where there is one, is the process's own."""
    if not settings.metrics_port or name not in METRICS:
        return settings
    return settings.model_copy(update={"metrics_port": settings.metrics_port + METRICS.index(name)})


def part_arguments(name: str, *more: str) -> tuple[str, ...]:
    """Return the command line that starts a part with this very Python."""
    return (sys.executable, "-m", MODULES[name], *(str(each) for each in more))


def tree_environment(environ: Mapping[str, str], settings: Settings) -> dict[str, str]:
    """Return the environment in which a part of this tree runs."""
    places: dict[str, str | Path | int] = {
        "DATA": settings.data,
        "API_PORT": settings.api_port,
        "METRICS_PORT": settings.metrics_port,
    }
    if settings.redis_url:
        places["REDIS_URL"] = settings.redis_url.get_secret_value()
    return {**environ, **{PREFIX + name: str(value) for name, value in places.items()}}
