"""The status API is killed."""

from __future__ import annotations

from benchmarks.chaos.fault import Fault
from benchmarks.chaos.scene import Scene
from benchmarks.chaos.tree import Setup


def _play(scene: Scene) -> None:
    with scene.in_the_middle():
        scene.tree.kill("api")
        scene.drop_rest()
    scene.tree.start("api")


FAULT = Fault(
    name="api",
    sentence="the status API is killed by SIGKILL and started again; nothing else may notice",
    play=_play,
    setup=Setup(parts=("server", "watcher", "worker", "api")),
)
