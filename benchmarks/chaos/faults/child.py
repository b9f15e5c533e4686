"""One process of the worker's pool is killed in the middle of a task."""

from __future__ import annotations

import os
import re
import signal
import time

from benchmarks.chaos.fault import Fault
from benchmarks.chaos.scene import Scene
from benchmarks.chaos.tree import Tree
from copytaster.model.delivery import DeliveryState
from copytaster.store.ports.ledger import DeliveryQuery

BUSY_SECONDS = 5.0
"""Timeout of the search for a child with a delivery in progress; then any one is used."""

_PROCESS = re.compile(r"worker@.*:(\d+)/")
"""The owner of a lease, as the timeline has it: ``worker@HOST:PID/RUN``."""


def _play(scene: Scene) -> None:
    scene.drop_half()
    busy = _find_busy(scene.tree)
    with scene.fault():
        os.kill(busy or scene.chance.choice(scene.tree.children("worker")), signal.SIGKILL)
    scene.notes.append("killed with a delivery in progress" if busy else "killed, perhaps between two deliveries")
    scene.drop_rest()


def _find_busy(tree: Tree) -> int | None:
    deadline = time.monotonic() + BUSY_SECONDS
    while time.monotonic() < deadline:
        if busy := _at_work(tree):
            return busy[0]
    return None


def _at_work(tree: Tree) -> list[int]:
    working = tree.store.ledger.find(DeliveryQuery(state=DeliveryState.WORKING, limit=1))
    records = [tree.store.ledger.get(each.id) for each in working]
    owners = [_PROCESS.match(record.timeline[-1].by) for record in records if record and record.timeline]
    return [int(owner[1]) for owner in owners if owner and int(owner[1]) in tree.children("worker")]


FAULT = Fault(
    name="child",
    sentence="one process of the worker's pool is killed by SIGKILL in the middle of a delivery",
    play=_play,
)
