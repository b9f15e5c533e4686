"""A status API for measurements: a process of its own that reads a server and a search index."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from redis import Redis

from copytaster.settings import PREFIX
from copytaster_cli.processes.embedded_server import HOST, free_port

START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class RunningApi:
    """The port and the process of a status API."""

    port: int
    pid: int


@contextmanager
def running_api(client: Redis, folder: Path) -> Iterator[RunningApi]:
    """Run a status API on the server and the index in the folder until the block ends."""
    port = free_port(HOST)
    server = client.get_connection_kwargs()
    environ = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    settings = {
        "DATA": str(folder / "data"),
        "REDIS_URL": f"redis://{HOST}:{server['port']}/0",
        "SEARCH_FOLDER": str(folder),
        "API_PORT": str(port),
        "LOG_LEVEL": "ERROR",
    }
    environ |= {PREFIX + name: value for name, value in settings.items()}
    with subprocess.Popen([sys.executable, "-m", "copytaster_api"], env=environ) as process:
        try:
            _wait_for(port)
            yield RunningApi(port, process.pid)
        finally:
            process.terminate()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    connection = HTTPConnection(HOST, port, timeout=30)
    while True:
        try:
            connection.request("GET", "/livez")
            connection.getresponse().read()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return
        finally:
            connection.close()
