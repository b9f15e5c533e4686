"""The server of the tested system: its start, and faults of its file and its memory."""

from __future__ import annotations

import shutil
from pathlib import Path

import redis

from copytaster_cli.processes.embedded_server import HOST, find_binary, free_port


class Server:
    """A Valkey or Redis server on a free port, with its append-only file in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port = free_port(HOST)

    @property
    def arguments(self) -> list[str]:
        """The command that starts it, always on the same port and file."""
        self._folder.mkdir(exist_ok=True)
        options = {"port": str(self.port), "bind": HOST, "dir": str(self._folder), "appendonly": "yes", "save": ""}
        return [str(find_binary(shutil.which)), *(each for key in options for each in (f"--{key}", options[key]))]

    def written(self) -> int:
        """Return the size of the append-only file's growing part, in bytes."""
        return self._growing().stat().st_size

    def cut(self, size: int) -> int:
        """Cut the append-only file back to a former size, as a power cut does; return the number of bytes removed."""
        file = self._growing()
        lost = file.stat().st_size - size
        with file.open("r+b") as opened:
            opened.truncate(size)
        return lost

    def limit_memory(self, more: int) -> None:
        """Refuse writes when memory use has grown by ``more`` bytes."""
        with self._client() as client:
            client.config_set("maxmemory", str(int(client.info("memory")["used_memory"]) + more))

    def free_memory(self) -> None:
        """Remove the memory limit."""
        with self._client() as client:
            client.config_set("maxmemory", "0")

    def _client(self) -> redis.Redis:
        return redis.Redis(host=HOST, port=self.port)

    def _growing(self) -> Path:
        return max((self._folder / "appendonlydir").glob("*.incr.aof"), key=lambda each: each.stat().st_mtime_ns)
