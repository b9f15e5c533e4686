"""The server of the tested system: its start, and faults of its file and its memory."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import redis

from copytaster_cli.processes.embedded_server import HOST, find_binary, free_port

PAGE_BYTES = 4096
"""Damage of one page, the unit in which disks and filesystems fail."""


class Server:
    """A Valkey or Redis server on a free port, with its append-only file in ``folder``."""

    def __init__(self, folder: Path, *, password: str = "") -> None:
        self._folder = folder
        self._password = password
        self.port = free_port(HOST)

    @property
    def arguments(self) -> list[str]:
        """The command that starts it, always on the same port and file."""
        self._folder.mkdir(exist_ok=True)
        options = {"port": str(self.port), "bind": HOST, "dir": str(self._folder), "appendonly": "yes", "save": ""}
        options |= {"requirepass": self._password} if self._password else {}
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

    def damage(self) -> int:
        """Overwrite a page in the middle of the append-only file with zeros; return the number of bytes."""
        file = self._growing()
        size = min(PAGE_BYTES, file.stat().st_size // 4)
        with file.open("r+b") as opened:
            opened.seek(file.stat().st_size // 2)
            opened.write(bytes(size))
        return size

    def move_file_away(self) -> None:
        """Move the append-only file aside, so that the server starts empty."""
        folder = self._folder / "appendonlydir"
        folder.rename(folder.with_name(f"appendonlydir-damaged-{time.time_ns()}"))

    def limit_memory(self, more: int) -> None:
        """Refuse writes when memory use has grown by ``more`` bytes."""
        with self._client() as client:
            client.config_set("maxmemory", str(int(client.info("memory")["used_memory"]) + more))

    def free_memory(self) -> None:
        """Remove the memory limit."""
        with self._client() as client:
            client.config_set("maxmemory", "0")

    def change_password(self) -> None:
        """Require another password from new connections, and close all present ones."""
        with self._client() as client:
            client.config_set("requirepass", f"not-{self._password}")
            client.client_kill_filter(_type="normal", skipme=True)

    def restore_password(self) -> None:
        """Require the first password again."""
        with redis.Redis(host=HOST, port=self.port, password=f"not-{self._password}") as client:
            client.config_set("requirepass", self._password)

    @property
    def address(self) -> str:
        """Its address, with the first password."""
        return f"redis://:{self._password}@{HOST}:{self.port}/0" if self._password else f"redis://{HOST}:{self.port}/0"

    def _client(self) -> redis.Redis:
        return redis.Redis(host=HOST, port=self.port, password=self._password or None)

    def _growing(self) -> Path:
        return max((self._folder / "appendonlydir").glob("*.incr.aof"), key=lambda each: each.stat().st_mtime_ns)
