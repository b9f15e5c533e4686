"""The archive's filesystem has no free inodes for a while."""

from __future__ import annotations

from benchmarks.chaos.fault import Fault
from benchmarks.chaos.scene import Scene
from benchmarks.chaos.small_disk import why_no_small_disk
from benchmarks.chaos.tree import Setup


def _play(scene: Scene) -> None:
    with scene.in_the_middle():
        scene.disk.take_inodes()
        scene.await_refused_writes("no free inodes", "delete small files there")
        scene.disk.free_inodes()


FAULT = Fault(
    name="inodes",
    sentence="the archive's filesystem has space, but no free inodes, for some seconds",
    play=_play,
    # Without a limit for free space: the small filesystem has less than the default limit.
    setup=Setup(settings={"DISK_FREE_BYTES": "0"}, small_disk=True),
    impossible=why_no_small_disk,
)
