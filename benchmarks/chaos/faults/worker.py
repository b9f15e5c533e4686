"""The worker is killed."""

from __future__ import annotations

from benchmarks.chaos.fault import Fault
from benchmarks.chaos.scene import Scene


def _play(scene: Scene) -> None:
    with scene.in_the_middle():
        scene.tree.kill("worker")
        scene.drop_rest()
    scene.tree.start("worker")


FAULT = Fault(
    name="worker",
    sentence="the worker and its pool are killed by SIGKILL and started again at once",
    play=_play,
)
