"""A real API process on its own port."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from copytaster.archive.archive_mark import INCOMING
from copytaster.settings import PREFIX

if TYPE_CHECKING:
    from tests.conftest import RealServer, Waiter

START_SECONDS = 60.0

LISTENING = "0A"
"""The state of a listening socket in the kernel's table."""


class Api:
    """A running API process on its own port."""

    def __init__(
        self, folder: Path, server: RealServer, port: int, *, descriptors: int | None = None, host: str = "127.0.0.1"
    ) -> None:
        self.port = port
        self.log = folder / "api.log"
        environ = {key: value for key, value in os.environ.items() if not key.startswith(PREFIX)}
        settings = {"DATA": str(folder / "data"), "REDIS_URL": server.address, "API_PORT": str(port), "API_HOST": host}
        self.environ = environ | {PREFIX + key: value for key, value in settings.items()}
        # Tests fill the server directly; with files received and an empty archive, its disk would not be mounted.
        (folder / "data" / "archive" / INCOMING).mkdir(parents=True, exist_ok=True)
        limit = f"ulimit -n {descriptors} && " if descriptors else ""
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                ["/bin/sh", "-c", f'{limit}exec "$@"', "sh", sys.executable, "-m", "copytaster_api"],
                env=self.environ,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def get(self, path: str, headers: Mapping[str, str] | None = None, *, seconds: float = 30) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)
        try:
            connection.request("GET", path, headers=dict(headers or {}))
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def answers(self) -> bool:
        try:
            return self.get("/livez")[0] == 200
        except OSError:
            return False

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def show_log(self) -> None:
        sys.stdout.write(self.log.read_text(errors="replace")[-8_000:])

    def clients(self) -> int:
        """Return how many connections of clients the process holds."""
        folder = Path(f"/proc/{self.process.pid}")
        rows = (line.split() for line in (folder / "net/tcp").read_text().splitlines()[1:])
        accepted = {row[9] for row in rows if row[1].endswith(f":{self.port:04X}") and row[3] != LISTENING}
        held = set()
        for each in (folder / "fd").iterdir():
            with suppress(FileNotFoundError):  # closed meanwhile
                held.add(str(each.readlink()).removeprefix("socket:[").rstrip("]"))
        return len(accepted & held)

    def open_files(self) -> int:
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))  # noqa: PTH208  # the entries vanish meanwhile


@contextmanager
def running(api: Api, wait: Waiter) -> Iterator[Api]:
    try:
        wait(api.answers, seconds=START_SECONDS)
        yield api
    finally:
        api.process.kill()
        api.process.wait()
        api.show_log()
