"""The server is killed."""

from __future__ import annotations

import time

from benchmarks.chaos.fault import Fault
from benchmarks.chaos.scene import Scene

DOWN_SECONDS = 2.0
"""How long a killed server stays away."""


def _play(scene: Scene) -> None:
    with scene.in_the_middle():
        scene.tree.kill("server")
        scene.drop_rest()
        time.sleep(DOWN_SECONDS)
    scene.tree.start("server")


FAULT = Fault(
    name="server",
    sentence="the server is killed by SIGKILL and restarts from its append-only file two seconds later",
    play=_play,
)
