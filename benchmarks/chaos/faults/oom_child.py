"""The machine kills parser processes."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress

from benchmarks.chaos.fault import Fault
from benchmarks.chaos.scene import Scene
from benchmarks.chaos.tree import Tree, children_of
from copytaster.model.delivery import DeliveryState
from copytaster.model.work import Work
from copytaster.store.ports.ledger import DeliveryQuery

PAUSE_SECONDS = 0.05

MAX_KILLS = 12
"""Kills of a run: each costs a file one attempt, and none is hit three times by so few among hundreds of files."""


def _play(scene: Scene) -> None:
    scene.drop_half()
    with scene.fault():
        kills, deadline = 0, time.monotonic() + scene.seconds
        scene.drop_rest()
        while kills < MAX_KILLS and time.monotonic() < deadline:
            # Only while live files are parsed: a suspect that is hit twice more would be blamed, as it should be.
            if _suspects(scene.tree) == 0:
                kills += _kill_parsers(scene.tree)
            time.sleep(PAUSE_SECONDS)
    scene.notes.append(f"{kills} parser processes were killed")


def _suspects(tree: Tree) -> int:
    return tree.store.ledger.waiting(Work.SUSPECT)


def _kill_parsers(tree: Tree) -> int:
    """Kill the parser processes of one moment, if deliveries are being processed; return their number."""
    if not tree.store.ledger.find(DeliveryQuery(state=DeliveryState.WORKING, limit=1)):
        return 0
    parsers = [each for child in tree.children("worker") for each in children_of(child)]
    for each in parsers:
        with suppress(ProcessLookupError):
            os.kill(each, signal.SIGKILL)
    return len(parsers)


FAULT = Fault(
    name="oom-child",
    sentence="parser processes are killed by SIGKILL, as a machine that is out of memory does",
    play=_play,
)
