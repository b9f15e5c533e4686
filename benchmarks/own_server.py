"""A server for one measurement, on a free port and in a temporary folder; it ends with the measurement."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from copytaster.store.redis.client import connect
from copytaster.store.redis.packed_hashes import LONGEST_VALUE, SETTING
from copytaster_cli.processes.embedded_server import HOST, find_binary, free_port

STARTING_SECONDS = 60
"""An empty server takes a tenth of a second; one that loads a gigabyte takes ten."""


@contextmanager
def own_server(data: Path | None = None) -> Iterator[Redis]:
    """Provide a client of a server that writes nothing to disk by itself; SIGTERM ends the benchmark and the server.

    It is empty, unless the folder ``data`` has a dump of an earlier one; ``SAVE`` writes it.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    port = free_port(HOST)
    with tempfile.TemporaryDirectory(prefix="copytaster-benchmark-") as folder:
        options = {"port": str(port), "bind": HOST, "dir": str(data or folder), "save": "", "appendonly": "no"}
        options[SETTING] = str(LONGEST_VALUE)  # as the embedded server and that of compose
        arguments = [each for name, value in options.items() for each in (f"--{name}", value)]
        with subprocess.Popen([str(find_binary(shutil.which)), *arguments], stdout=subprocess.DEVNULL) as process:
            try:
                client = connect(f"redis://{HOST}:{port}/0", name="benchmark")
                _wait_for(client)
                yield client
                client.close()
            finally:
                process.kill()


def used_memory(client: Redis) -> int:
    """Return the bytes that the server's data take, with all overhead."""
    return int(client.info("memory")["used_memory"])


def server_seconds(client: Redis) -> float:
    """Return the processor seconds that the server has taken."""
    found = client.info("cpu")
    return float(found["used_cpu_sys"]) + float(found["used_cpu_user"])


def _wait_for(client: Redis) -> None:
    end = time.monotonic() + STARTING_SECONDS
    while True:
        try:
            client.ping()
        except RedisConnectionError:
            if time.monotonic() > end:
                raise
            time.sleep(0.02)
        else:
            return
