"""Files arrive while the watcher is away."""

from __future__ import annotations

from benchmarks.chaos.fault import Fault
from benchmarks.chaos.scene import Scene


def _play(scene: Scene) -> None:
    with scene.fault():
        scene.tree.kill("watcher")
        scene.drop_rest()
    scene.tree.start("watcher")


FAULT = Fault(
    name="away",
    sentence="all files arrive while the watcher is away",
    play=_play,
)
