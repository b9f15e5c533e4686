"""A host: parts of the system in a network namespace, with folders that no other host sees."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.chaos.tree import MODULES
from copytaster.model.work import Work


class Host:
    """Starts parts, and kills them; ``enter`` is the start of each command."""

    def __init__(self, name: str, folder: Path, enter: Sequence[str], environ: Mapping[str, str]) -> None:
        self.name = name
        self._folder = folder
        self._enter = list(enter)
        self._environ = dict(environ)
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def parts(self) -> list[str]:
        """The parts that were started and not killed."""
        return list(self._running)

    def start(self, *parts: str) -> None:
        """Start parts: ``watcher`` or ``worker``. They run some seconds later."""
        for part in parts:
            queues = [each.value for each in Work] if part == "worker" else []
            with (self._folder / f"{part}.log").open("ab") as output:
                self._running[part] = subprocess.Popen(
                    [*self._enter, sys.executable, "-m", MODULES[part], *queues],
                    env=self._environ,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )

    def kill(self, *parts: str) -> None:
        """End parts, by default all, and all their children by ``kill -9``."""
        processes = [self._running.pop(each) for each in parts or tuple(self._running)]
        for process in processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        for process in processes:
            process.wait()

    def ended(self) -> list[str]:
        """Return the parts that have ended by themselves, with the end of their logs."""
        return [
            f"{self.name}: {part} ended with {process.returncode}: {self._log_end(part)}"
            for part, process in self._running.items()
            if process.poll() is not None
        ]

    def _log_end(self, part: str) -> str:
        return (self._folder / f"{part}.log").read_text(encoding="utf-8", errors="replace")[-1500:]
