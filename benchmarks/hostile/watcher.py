"""The watcher part: bombs and healthy neighbours in the inbox of a real watcher, and each bomb before a judge."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from benchmarks.hostile.bombs import make_bombs
from copytaster.bootstrap.intake import reading_calls
from copytaster.clock import SystemClock
from copytaster.settings import Settings
from copytaster.store.ports.ledger import DeliveryQuery
from copytaster.store.store import Store
from copytaster_watcher.__main__ import READING_MODULE
from copytaster_watcher.readiness.completeness.content import open_regular
from copytaster_watcher.readiness.completeness.death_notes import DeathNotes
from copytaster_watcher.readiness.completeness.judging import SandboxedJudge

NEIGHBOURS = 20

MAX_MIB = 256.0
"""Memory of the watcher and its sandboxed process together."""

MAX_VERDICT_SECONDS = 2.0

MAX_NEIGHBOUR_SECONDS = 5.0
"""From the moment at which the last file lies in the inbox."""

GIVE_UP_SECONDS = 120.0

SETTLE_SECONDS = "0.5"


def watcher_figures(store: Store, settings: Settings, environ: dict[str, str]) -> dict[str, Any]:
    """Return the slowest verdict, the watcher's peak memory, and when the last neighbour was taken in."""
    with tempfile.TemporaryDirectory(prefix="copytaster-bombs-") as folder:
        bombs = make_bombs(Path(folder))
        verdicts = {str(each.relative_to(folder)): seconds for each, seconds in _verdicts(bombs, settings)}
        slowest = max(verdicts, key=lambda name: verdicts[name])
        figures = _neighbours(store, settings, environ, bombs, Path(folder))
    figures |= {"bombs": len(bombs), "slowest_verdict": slowest, "slowest_verdict_seconds": verdicts[slowest]}
    return figures | {"within_limits": _within_limits(figures)}


def memory_mib(pid: int) -> float:
    """Return the peak memory of a process and of its living children."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    children = [child for task in tasks for child in (task / "children").read_text(encoding="ascii").split()]
    return sum(map(_peak, [str(pid), *children]))


def _within_limits(figures: dict[str, Any]) -> bool:
    return bool(
        figures["slowest_verdict_seconds"] <= MAX_VERDICT_SECONDS
        and figures["watcher_mib"] < MAX_MIB
        and figures["last_neighbour_seconds"] <= MAX_NEIGHBOUR_SECONDS
        and not figures["watcher_died"]
    )


def _verdicts(bombs: list[Path], settings: Settings) -> list[tuple[Path, float]]:
    """Have each bomb judged twice, as a watcher does, and return the longer time."""
    notes = DeathNotes(settings.data / "judging", SystemClock(), owner="benchmark@here:1")
    with closing(notes), closing(reading_calls(settings, READING_MODULE, notes.progress)) as calls:
        judge = SandboxedJudge(calls, notes)
        times = []
        for bomb in bombs:
            calls.start()
            first = _seconds(judge, bomb, settings)
            calls.start()
            times.append((bomb, round(max(first, _seconds(judge, bomb, settings)), 2)))
    return times


def _seconds(judge: SandboxedJudge, bomb: Path, settings: Settings) -> float:
    with ExitStack() as stack:
        file = open_regular(bomb, stack, limit=settings.max_file_bytes)
        started = time.monotonic()
        judge(list(filter(None, [file])), limit=settings.max_file_bytes)
        return time.monotonic() - started


def _neighbours(
    store: Store, settings: Settings, environ: dict[str, str], bombs: list[Path], folder: Path
) -> dict[str, Any]:
    """Run a watcher, drop the bombs and after them the neighbours, and wait until these have been taken in."""
    command = [sys.executable, "-m", "copytaster_watcher"]
    environ = environ | {"COPYTASTER_SETTLE_SECONDS": SETTLE_SECONDS, "COPYTASTER_SCAN_SECONDS": SETTLE_SECONDS}
    log = (settings.data / "watcher.log").open("ab")
    with log, subprocess.Popen(command, env=environ, stdout=log, stderr=log) as watcher:
        _wait(lambda: bool(store.presence.present()))
        for bomb in bombs:
            target = settings.inbox / "bombs" / bomb.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            bomb.rename(target)
        names = [f"neighbour{number}.txt" for number in range(NEIGHBOURS)]
        for name in names:
            (settings.inbox / "bombs" / name).write_text(f"A healthy file\n\nThis is {name}.\n", encoding="utf-8")
        started = time.monotonic()
        _wait(lambda: all(store.ledger.find(DeliveryQuery(name=name)) for name in names))
        taken = time.monotonic() - started
        _wait(lambda: bool(store.ledger.find(DeliveryQuery(name="attribute.xml"))))
        died = watcher.poll() is not None
        memory = 0.0 if died else memory_mib(watcher.pid)
        watcher.send_signal(signal.SIGTERM)
    return {"last_neighbour_seconds": round(taken, 2), "watcher_mib": round(memory, 1), "watcher_died": died}


def _wait(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + GIVE_UP_SECONDS
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)


def _peak(pid: str) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    found = re.search(r"VmHWM:\s+(\d+)", status)
    return int(found.group(1)) / 1024 if found else 0.0
