"""The server loses everything."""

from __future__ import annotations

from redis import Redis

from benchmarks.chaos.fault import Fault
from benchmarks.chaos.scene import Scene
from copytaster.bootstrap.store import redis_address


def _play(scene: Scene) -> None:
    with scene.in_the_middle(), Redis.from_url(redis_address(scene.tree.settings)) as client:
        scene.note_stories()
        client.flushall()
    scene.drop_rest()


FAULT = Fault(
    name="flushall",
    sentence="FLUSHALL in mid stream: ledger, articles and queues are lost and restored from the journal",
    play=_play,
)
