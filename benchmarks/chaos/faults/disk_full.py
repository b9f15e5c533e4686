"""The archive's disk is full for a while."""

from __future__ import annotations

from benchmarks.chaos.fault import Fault
from benchmarks.chaos.scene import Scene
from benchmarks.chaos.small_disk import why_no_small_disk
from benchmarks.chaos.tree import Setup


def _play(scene: Scene) -> None:
    with scene.in_the_middle():
        ballast = scene.disk.fill()
        scene.drop_rest()
        scene.last()
        scene.notes.append(f"{len(scene.tree.remaining())} files waited in the inbox for room")
    ballast.unlink()


FAULT = Fault(
    name="disk-full",
    sentence="the archive's disk is full for some seconds",
    play=_play,
    # Without a mark for free space: the intake must meet the full disk instead of stopping before it.
    setup=Setup(settings={"DISK_FREE_BYTES": "0"}, small_disk=True),
    impossible=why_no_small_disk,
)
