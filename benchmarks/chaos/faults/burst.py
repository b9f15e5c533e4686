"""All files arrive at once."""

from __future__ import annotations

from benchmarks.chaos.fault import Fault
from benchmarks.chaos.scene import Scene


def _play(scene: Scene) -> None:
    with scene.fault():
        scene.drop_at_once()


FAULT = Fault(
    name="burst",
    sentence="all files are renamed into the inbox at once",
    play=_play,
)
