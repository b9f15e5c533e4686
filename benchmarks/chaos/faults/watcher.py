"""The watcher is killed."""

from __future__ import annotations

from benchmarks.chaos.fault import Fault
from benchmarks.chaos.scene import Scene


def _play(scene: Scene) -> None:
    with scene.in_the_middle():
        scene.tree.kill("watcher")
        scene.drop_rest()
    scene.tree.start("watcher")


FAULT = Fault(
    name="watcher",
    sentence="the watcher is killed by SIGKILL and started again at once",
    play=_play,
)
