"""The whole system as one tree of processes: server unless one is configured, watcher, two workers, API."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pydantic import SecretStr

from copytaster.bootstrap.private_files import protect_data
from copytaster.bootstrap.secret_files import SUFFIX
from copytaster.model.work import BACKGROUND, FOREGROUND, Work
from copytaster.settings import PREFIX, Settings
from copytaster_cli.processes.embedded_server import EmbeddedServer, free_port, prepare_server
from copytaster_cli.processes.lock import locked
from copytaster_cli.processes.log_files import LogFiles
from copytaster_cli.processes.process import Command
from copytaster_cli.processes.readiness import check_port
from copytaster_cli.processes.supervisor import Supervisor

MODULES = {"watcher": "copytaster_watcher", "worker": "copytaster_workers", "api": "copytaster_api"}
"""The Python module of each part."""

PROCESSES: dict[str, tuple[str, tuple[Work, ...]]] = {
    "watcher": ("watcher", ()),
    "worker": ("worker", FOREGROUND),
    "background": ("worker", BACKGROUND),
    "api": ("api", ()),
}
"""The processes of the tree besides the server: the part of each, and the queues of a worker."""

METRICS = ("watcher", "worker", "background")
"""The processes that serve metrics, on consecutive ports."""

PARTS_GRACE = 20.0
"""Seconds for watcher, workers and API to end. A worker's soft shutdown takes 8 s, occasionally twice that."""

SERVER_GRACE = 10.0
"""Seconds for the server to write its data."""


@contextmanager
def running_tree(
    settings: Settings, environ: Mapping[str, str], supervisor: Supervisor, *, lock: int, logs: LogFiles | None = None
) -> Iterator[Settings]:
    """Start all processes, yield the settings that they have received, and stop them at the end.

    ``settings`` are those of ``locked_settings``, with its lock. ``logs`` are the files for the processes' output;
    without them it goes to standard error. Raises ``ConfigurationError`` when the API's port is in use, before any
    process is started, and ``TreeFailedError`` when the server cannot be kept running.
    """
    check_port(settings)
    settings.inbox.mkdir(parents=True, exist_ok=True)
    server = None
    if not settings.redis_url:
        output = logs.create("server") if logs else None
        server = prepare_server(settings.server_folder, lock=lock, output=output)
    try:
        settings = _start_server(server, settings, supervisor)
        _start_parts(settings, environ, supervisor, logs)
        yield settings
    finally:
        supervisor.bring_down(tuple(PROCESSES), grace=PARTS_GRACE)
        supervisor.bring_down(("server",), grace=SERVER_GRACE)
        if server:
            server.remove_address_and_configuration()


@contextmanager
def locked_settings(settings: Settings) -> Iterator[tuple[Settings, int]]:
    """Lock the data folder; yield settings that do not depend on a process's working folder, and the lock.

    Raises ``ConfigurationError`` when another tree runs on the data folder.
    """
    port = settings.api_port or free_port(settings.api_host)
    settings = settings.model_copy(update={"data": settings.data.absolute(), "api_port": port})
    protect_data(settings)
    with locked(settings.server_folder / "lock") as lock:
        yield settings, lock


def _start_server(server: EmbeddedServer | None, settings: Settings, supervisor: Supervisor) -> Settings:
    if server is None:
        return settings
    supervisor.start(server.command)
    supervisor.run(_until_answering(server))
    server.write_address_file()
    return settings.model_copy(update={"redis_url": SecretStr(server.address)})


def _until_answering(server: EmbeddedServer) -> Iterator[None]:
    """Yield while the server loads its data, without a time limit; the supervisor keeps the server running."""
    while not server.answers():
        yield


def _start_parts(settings: Settings, environ: Mapping[str, str], supervisor: Supervisor, logs: LogFiles | None) -> None:
    if supervisor.interrupted:
        return
    for name, (part, queues) in PROCESSES.items():
        log = logs.create(name) if logs else None
        supervisor.start(
            Command(
                name=name,
                arguments=part_arguments(part, *queues),
                environ=tree_environment(environ, _with_metrics_port(settings, name)),
                output=log,
                log=log,
            )
        )


def _with_metrics_port(settings: Settings, name: str) -> Settings:
    """Return settings with the metrics port of this process, if metrics are served."""
    if not settings.metrics_port or name not in METRICS:
        return settings
    return settings.model_copy(update={"metrics_port": settings.metrics_port + METRICS.index(name)})


def part_arguments(name: str, *more: str) -> tuple[str, ...]:
    """Return the command line that starts a part with the Python that runs now."""
    return (sys.executable, "-m", MODULES[name], *(str(each) for each in more))


def tree_environment(environ: Mapping[str, str], settings: Settings) -> dict[str, str]:
    """Return the environment in which a part of this tree runs."""
    places: dict[str, str | Path | int] = {
        "DATA": settings.data,
        "API_PORT": settings.api_port,
        "METRICS_PORT": settings.metrics_port,
    }
    if settings.redis_url and f"{PREFIX}REDIS_URL{SUFFIX}" not in environ:
        places["REDIS_URL"] = settings.redis_url.get_secret_value()
    return {**environ, **{PREFIX + name: str(value) for name, value in places.items()}}
