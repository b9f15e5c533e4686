"""The server's machine loses its power: the last second of writes never reached the disk."""

from __future__ import annotations

import time

from benchmarks.chaos.fault import Fault
from benchmarks.chaos.scene import Scene

UNSYNCED_SECONDS = 1.0
"""What `appendfsync everysec` may lose."""


def _play(scene: Scene) -> None:
    server = scene.tree.server
    with scene.in_the_middle():
        on_disk = server.written()
        scene.drop_rest()
        time.sleep(UNSYNCED_SECONDS)
        scene.tree.kill("server")
        scene.notes.append(f"{server.cut(on_disk):,} bytes cut from the append-only file")
    scene.tree.start("server")


FAULT = Fault(
    name="power",
    sentence="the server is killed and its append-only file cut back to its size a second before",
    play=_play,
)
