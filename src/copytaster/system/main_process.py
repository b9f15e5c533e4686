"""The main process of a container with an init process: how long it runs, and its end."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

INIT = 1

PAUSE_SECONDS = 0.2
"""Interval at which the end of a process is awaited."""


def main_process() -> int | None:
    """Return the process that init has started, the oldest of its children; None without one."""
    children = [int(each.name) for each in Path("/proc").iterdir() if each.name.isdigit() and _parent(each) == INIT]
    return min(children, key=_started, default=None)


def seconds_since_start(pid: int) -> float:
    """Return for how long a process has run. Raises ``OSError`` if there is none."""
    up = float(Path("/proc/uptime").read_text(encoding="ascii").split()[0])
    return up - _started(pid) / os.sysconf("SC_CLK_TCK")


def end(pid: int, *, grace: float) -> None:
    """Ask a process to end, and kill it if it is still there after ``grace`` seconds."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + grace
        while time.monotonic() < deadline:
            os.kill(pid, 0)
            time.sleep(PAUSE_SECONDS)
        os.kill(pid, signal.SIGKILL)


def _parent(process: Path) -> int | None:
    with suppress(OSError):
        return int(_fields(process)[1])
    return None


def _started(pid: int) -> int:
    """Return when a process started, in ticks since the start of the machine."""
    return int(_fields(Path(f"/proc/{pid}"))[19])


def _fields(process: Path) -> list[str]:
    """Return the fields of ``stat`` after the name, which may have spaces and parentheses, beginning with the state."""
    return (process / "stat").read_text(encoding="utf-8", errors="replace").rpartition(") ")[2].split()
