"""The clock jumps an hour forward and back again."""

from __future__ import annotations

import signal
import time

from benchmarks.chaos.fault import Fault
from benchmarks.chaos.scene import Scene
from benchmarks.chaos.tree import Setup
from copytaster.model.delivery import DeliveryState
from copytaster.store.ports.ledger import DeliveryQuery

JUMP_SECONDS = 3600.0

SETTLE_SECONDS = 1.0

HALF_SECONDS = 0.5
"""Some files are only half there, so long before the clock's jump and so long after it.

An unfinished text is waited for five settling times, which are over by a clock that has jumped.
"""

HALF_FILES = 10

BUSY_SECONDS = 5.0
"""Timeout of the search for a moment at which the worker holds a lease; then any one is used."""


def _play(scene: Scene) -> None:
    """Let the clock jump while files are being written, and back while a dead worker's leases end in an hour."""
    inbox = scene.tree.settings.inbox
    with scene.in_the_middle():
        slow = scene.hand_over(HALF_FILES)
        for name, expected in slow.items():
            (inbox / name).write_bytes(expected.content[: len(expected.content) // 2])
        time.sleep(HALF_SECONDS)
        scene.clock.jump_to(JUMP_SECONDS)
        time.sleep(HALF_SECONDS)
        for name, expected in slow.items():
            with (inbox / name).open("ab") as file:
                file.write(expected.content[len(expected.content) // 2 :])
        scene.drop_more(len(scene.files) // 4)
        time.sleep(SETTLE_SECONDS)
        _kill_at_work(scene)
        scene.clock.jump_to(0)
        scene.tree.start("worker")
        scene.drop_rest()


def _kill_at_work(scene: Scene) -> None:
    """Kill the worker while it holds a lease, if such a moment is found."""
    ledger, deadline = scene.tree.store.ledger, time.monotonic() + BUSY_SECONDS
    while time.monotonic() < deadline:
        scene.tree.signal_all("worker", signal.SIGSTOP)
        if held := ledger.find(DeliveryQuery(state=DeliveryState.WORKING)):
            scene.notes.append(f"the worker was killed with {len(held)} deliveries in progress")
            break
        scene.tree.signal_all("worker", signal.SIGCONT)
        time.sleep(scene.chance.uniform(0, 0.02))
    scene.tree.kill("worker")


FAULT = Fault(
    name="clock",
    sentence="the clock of all parts jumps an hour forward and then back, and leases end an hour too late",
    play=_play,
    setup=Setup(settings={"SETTLE_SECONDS": str(SETTLE_SECONDS)}, clock=True),
)
