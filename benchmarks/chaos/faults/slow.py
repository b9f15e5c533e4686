"""The server answers slowly."""

from __future__ import annotations

from benchmarks.chaos.fault import Fault
from benchmarks.chaos.scene import Scene
from benchmarks.chaos.tree import Setup

DELAY_SECONDS = (0.05, 0.2)
"""From another continent to a server that swaps: a hundred and more times the usual."""


def _play(scene: Scene) -> None:
    with scene.in_the_middle():
        scene.proxy.slow_down(*DELAY_SECONDS)
        scene.drop_rest()
        scene.last()
    scene.proxy.speed_up()


FAULT = Fault(
    name="slow",
    sentence="each answer of the server is 50 to 200 ms late for some seconds",
    play=_play,
    setup=Setup(proxy=True),
)
