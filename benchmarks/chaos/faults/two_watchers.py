"""Two watchers take files from one inbox, and one of them dies for a while."""

from __future__ import annotations

from benchmarks.chaos.fault import Fault
from benchmarks.chaos.scene import Scene
from benchmarks.chaos.shares import count_intakes
from benchmarks.chaos.tree import Setup

WATCHERS = ("watcher", "watcher-2")


def _play(scene: Scene) -> None:
    with scene.fault():
        scene.drop_at_once()
        few = scene.chance.randint(1, max(1, len(scene.files) // 2))
        scene.await_ends(few)
        scene.tree.kill(WATCHERS[0])
    scene.tree.start(WATCHERS[0])
    scene.await_ends(len(scene.files))
    scene.notes.append(f"taken by {count_intakes(scene.tree, scene.files)}")


FAULT = Fault(
    name="two-watchers",
    sentence="two watchers take files that arrive at once from one inbox, and one is killed and started again",
    play=_play,
    setup=Setup(parts=("server", *WATCHERS, "worker")),
)
