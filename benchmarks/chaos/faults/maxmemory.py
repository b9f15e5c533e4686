"""The server is at its memory limit and refuses writes."""

from __future__ import annotations

from benchmarks.chaos.fault import Fault
from benchmarks.chaos.scene import Scene

ROOM_BYTES = 65_536
"""Just above what is used: a few deliveries fit before writes are refused."""


def _play(scene: Scene) -> None:
    with scene.in_the_middle():
        scene.tree.server.limit_memory(ROOM_BYTES)
        scene.drop_rest()
        scene.last()
    scene.tree.server.free_memory()


FAULT = Fault(
    name="maxmemory",
    sentence="the server is at its memory limit for some seconds and refuses every write",
    play=_play,
)
