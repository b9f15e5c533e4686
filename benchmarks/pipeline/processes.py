"""What the kernel knows about the processes of the system: processor time and memory."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")

LEVELS = {
    "server": ("server",),
    "watcher": ("watcher", "watcher: reading process"),
    "worker": ("worker: main process", "worker: children", "worker: parsers"),
    "background": ("background: main process", "background: child", "background: parser"),
    "api": ("api",),
}
"""What the processes of a part are called, by their distance from its main process."""


@dataclass(frozen=True, slots=True)
class ProcessUse:
    """A process: what it is, its processor seconds, those of its ended children, and its peak memory in bytes."""

    pid: int
    name: str
    name_of_children: str
    seconds: float
    seconds_of_ended: float
    peak_bytes: int


def uses_of(mains: Mapping[str, int]) -> list[ProcessUse]:
    """Return all living processes of the parts, by the process ids of the parts' main processes."""
    found = []
    for part, pid in mains.items():
        level = [pid]
        for depth in range(len(LEVELS[part])):
            found += [use for each in level if (use := _use(each, part, depth)) is not None]
            level = [child for each in level for child in children_of(each)]
    return found


def seconds_by_name(uses: list[ProcessUse]) -> dict[str, float]:
    """Return the processor seconds by kind of process; those of ended processes count with the living of their kind."""
    seconds = defaultdict[str, float](float)
    for each in uses:
        seconds[each.name] += each.seconds
        seconds[each.name_of_children] += each.seconds_of_ended
    return dict(seconds)


def seconds_of(pid: int) -> tuple[float, float]:
    """Return the processor seconds of a process, and of its children that have ended. Raises ``OSError``."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS, (int(fields[13]) + int(fields[14])) / TICKS


def tree_seconds(pid: int) -> float:
    """Return the processor seconds of a process and of all below it, also of those that have ended."""
    return sum(seconds_of(pid)) + sum(tree_seconds(each) for each in children_of(pid))


def children_of(pid: int) -> list[int]:
    """Return the children of all threads of a process; none if it has ended."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(child) for task in tasks for child in (task / "children").read_text(encoding="ascii").split()]
    except OSError:
        return []


def busy_seconds() -> float:
    """Return the seconds for which all cores together were busy, with anything, since the machine started."""
    first_line = Path("/proc/stat").read_text(encoding="ascii").partition("\n")[0]
    ticks = [int(each) for each in first_line.split()[1:9]]
    return (sum(ticks) - ticks[3] - ticks[4]) / TICKS  # without idle and waiting for disks


def _use(pid: int, part: str, depth: int) -> ProcessUse | None:
    names = LEVELS[part]
    try:
        own, ended = seconds_of(pid)
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    peak = next((int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM:")), 0)
    below = names[min(depth + 1, len(names) - 1)]
    return ProcessUse(pid, names[depth], below, own, ended, peak)
