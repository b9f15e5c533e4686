"""The processes may open no further files for a while."""

from __future__ import annotations

import os
import resource
from contextlib import suppress
from itertools import count
from pathlib import Path

from benchmarks.chaos.fault import Fault
from benchmarks.chaos.scene import Scene
from benchmarks.chaos.tree import Setup

PARTS = ("watcher", "worker", "api")

MESSAGE = ("too many open files", "raise its limit")


def _play(scene: Scene) -> None:
    with scene.in_the_middle():
        # The worker first: a watcher that can list no folder would leave it without a file to open.
        limited = _limit_part(scene, "worker")
        scene.drop_rest()
        scene.expect_message("worker: ", *MESSAGE)
        limited |= _limit_part(scene, "watcher") | _limit_part(scene, "api")
        scene.last()
        scene.expect_message("watcher: ", *MESSAGE)
        for pid in (pid for part in PARTS for pid in scene.tree.processes(part)):
            # A process that was started meanwhile inherited the limit of its parent.
            _raise_limit(pid, limited.get(pid, max(limited.values())))
        scene.notes.append(f"{len(limited)} processes could open no file")


def _limit_part(scene: Scene, part: str) -> dict[int, int]:
    return {pid: limit for pid in scene.tree.processes(part) if (limit := _take_limit(pid))}


def _take_limit(pid: int) -> int | None:
    """Lower a process's limit, so that every new descriptor is refused; return the former one, None if it has ended."""
    try:
        used = {int(each.name) for each in Path(f"/proc/{pid}/fd").iterdir()}
        soft, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        # A new descriptor gets the lowest free number, which must be below the limit.
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (next(each for each in count() if each not in used), hard))
    except (ProcessLookupError, FileNotFoundError):
        return None
    return soft


def _raise_limit(pid: int, soft: int) -> None:
    """Raise a process's limit, at most to its own hard limit: that of a parser process is lower."""
    with suppress(ProcessLookupError):
        _, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (min(soft, hard), hard))


def _why_impossible(_: Path) -> str | None:
    if os.geteuid() == 0:
        return None
    return "only root can see the descriptors of workers and parsers, which protect their memory from the same user"


FAULT = Fault(
    name="fd-limit",
    sentence="watcher, workers and API may open no further files for some seconds",
    play=_play,
    setup=Setup(parts=("server", *PARTS)),
    impossible=_why_impossible,
)
