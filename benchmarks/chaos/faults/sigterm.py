"""Watcher and worker get SIGTERM under load."""

from __future__ import annotations

import signal
import time

from benchmarks.chaos.fault import Fault
from benchmarks.chaos.scene import Scene

GRACE_SECONDS = 45.0
"""The grace period of the compose file; a process that has not ended then is killed."""

PARTS = ("watcher", "worker")


def _play(scene: Scene) -> None:
    with scene.in_the_middle():
        for part in PARTS:
            scene.tree.signal(part, signal.SIGTERM)
        scene.drop_rest()
        scene.notes += [_end_of(scene, part) for part in PARTS]
    scene.tree.start(*PARTS)


def _end_of(scene: Scene, part: str) -> str:
    status = scene.tree.end_of(part, seconds=scene.began + GRACE_SECONDS - time.monotonic())
    took = f"after {time.monotonic() - scene.began:.1f} s"
    return f"{part} had to be killed {took}" if status is None else f"{part} ended {took} with status {status}"


FAULT = Fault(
    name="sigterm",
    sentence="watcher and worker get SIGTERM under load, end, and are started again",
    play=_play,
)
