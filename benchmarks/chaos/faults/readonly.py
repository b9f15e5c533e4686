"""The archive's filesystem is read-only for a while."""

from __future__ import annotations

from benchmarks.chaos.fault import Fault
from benchmarks.chaos.scene import Scene
from benchmarks.chaos.small_disk import why_no_small_disk
from benchmarks.chaos.tree import Setup


def _play(scene: Scene) -> None:
    with scene.in_the_middle():
        scene.disk.make_read_only()
        scene.await_refused_writes("the filesystem is read-only", "mount it for writing")
        scene.disk.make_writable()


FAULT = Fault(
    name="readonly",
    sentence="the archive's filesystem is read-only for some seconds",
    play=_play,
    setup=Setup(settings={"DISK_FREE_BYTES": "0"}, small_disk=True),
    impossible=why_no_small_disk,
)
