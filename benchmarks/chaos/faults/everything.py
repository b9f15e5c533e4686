"""All processes are killed at once."""

from __future__ import annotations

from benchmarks.chaos.fault import Fault
from benchmarks.chaos.scene import Scene
from benchmarks.chaos.tree import Setup

PARTS = ("server", "watcher", "worker", "api")


def _play(scene: Scene) -> None:
    with scene.at_any_moment():
        scene.tree.kill(*PARTS)
    scene.tree.start(*PARTS)


FAULT = Fault(
    name="everything",
    sentence="all processes are killed by SIGKILL at a random moment and started again",
    play=_play,
    setup=Setup(parts=PARTS),
)
