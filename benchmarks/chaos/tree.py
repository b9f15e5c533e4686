"""A whole system of its own in a folder: server, watcher and worker, each of which can be killed and started again."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from copytaster.bootstrap import open_archive, open_store
from copytaster.clock import SystemClock
from copytaster.errors import TransientError
from copytaster.settings import PREFIX, load_settings
from copytaster.store.ports import Part
from copytaster_cli.server import HOST, find_binary, free_port

QUICK = {
    "SETTLE_SECONDS": "0.3",
    "SCAN_SECONDS": "0.2",
    "RECONCILE_SECONDS": "0.5",
    "LEASE_SECONDS": "3",
    "RETRY_SECONDS": "0.5",
    "EMPTY_SECONDS": "1",
    "LOG_FORMAT": "json",
}
"""Settings that make a run short. What is measured is what gets lost, which no delay changes."""

START_SECONDS = 60.0
"""A worker loads its models in about two seconds; a busy machine takes longer."""


class Tree:
    """The processes; a context that leaves none behind."""

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        """Set up, start nothing yet. ``settings`` go without their prefix, on top of the quick ones."""
        self._folder = folder
        self._port = free_port(HOST)
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        given = {"DATA": str(folder / "data"), "REDIS_URL": f"redis://{HOST}:{self._port}/0", **QUICK, **settings}
        self._environ = {key: value for key, value in os.environ.items() if not key.startswith(PREFIX)}
        self._environ |= {PREFIX + key: value for key, value in given.items()}
        self.settings = load_settings(self._environ)
        self.store = open_store(self.settings, clock=SystemClock(), part="chaos")
        self.archive = open_archive(self.settings)

    def __enter__(self) -> Self:
        """Start every part and return when all are at work."""
        for part in ("server", "watcher", "worker"):
            self.start(part)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Kill every part."""
        for part in tuple(self._running):
            self.kill(part)

    def start(self, part: str) -> None:
        """Start a part and return when it is at work. Raises ``TimeoutError`` with its last words."""
        log = self._log(part)
        with log.open("ab") as output:
            process = subprocess.Popen(
                self._arguments(part),
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._running[part] = process
        if not wait_until(lambda: self._at_work(part, process.pid), seconds=START_SECONDS):
            raise TimeoutError(f"the {part} did not start; its log ends:\n{log.read_text(errors='replace')[-2000:]}")

    def kill(self, part: str) -> None:
        """End a part and all its children by ``kill -9``."""
        process = self._running.pop(part)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def drop(self, name: str, content: bytes) -> None:
        """Put a file into the inbox whole, by renaming it in."""
        self.prepare(name, content).rename(self.settings.inbox / name)

    def prepare(self, name: str, content: bytes) -> Path:
        """Write a file beside the inbox, on the same filesystem, and return where it is."""
        outside = self._folder / "outside"
        outside.mkdir(exist_ok=True)
        file = outside / name
        file.write_bytes(content)
        return file

    def republished(self) -> int:
        """Return how many ids the reconciler has sent again so far, as the watchers' log says."""
        log = self._log("watcher")
        lines = [json.loads(line) for line in log.read_text().splitlines() if '"work.republished"' in line]
        return sum(int(line["count"]) for line in lines)

    def _log(self, part: str) -> Path:
        return self._folder / f"{part}.log"

    def _arguments(self, part: str) -> list[str]:
        if part != "server":
            return [sys.executable, "-m", {"watcher": "copytaster_watcher", "worker": "copytaster_workers"}[part]]
        folder = self._folder / "server"
        folder.mkdir(exist_ok=True)
        options = {"port": str(self._port), "bind": HOST, "dir": str(folder), "appendonly": "yes", "save": ""}
        return [str(find_binary(shutil.which)), *(each for key in options for each in (f"--{key}", options[key]))]

    def _at_work(self, part: str, pid: int) -> bool:
        try:
            present = self.store.presence.present()
        except TransientError:
            return False
        return part == "server" or any(each.part is Part(part) and each.pid == pid for each in present)


def wait_until(condition: Callable[[], bool], *, seconds: float) -> bool:
    """Ask until the answer is yes and return True; return False after so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
