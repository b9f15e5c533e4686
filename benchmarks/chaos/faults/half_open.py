"""The network drops all packets for a while, without an error on either side."""

from __future__ import annotations

from benchmarks.chaos.fault import Fault
from benchmarks.chaos.scene import Scene
from benchmarks.chaos.tree import Setup


def _play(scene: Scene) -> None:
    with scene.in_the_middle():
        scene.proxy.fall_silent()
        scene.drop_rest()
        scene.last()
    scene.proxy.speak()


FAULT = Fault(
    name="half-open",
    sentence="all connections to the server become half-open, and so are new ones for some seconds",
    play=_play,
    setup=Setup(proxy=True),
)
