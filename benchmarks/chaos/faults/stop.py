"""The worker's main process is stopped for a while."""

from __future__ import annotations

import signal

from benchmarks.chaos.fault import Fault
from benchmarks.chaos.scene import Scene


def _play(scene: Scene) -> None:
    with scene.in_the_middle():
        scene.tree.signal("worker", signal.SIGSTOP)
        scene.drop_rest()
        scene.last()
    scene.tree.signal("worker", signal.SIGCONT)


FAULT = Fault(
    name="stop",
    sentence="the worker's main process is stopped by SIGSTOP for some seconds and then continued",
    play=_play,
)
