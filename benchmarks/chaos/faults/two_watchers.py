"""Two watchers take files from one inbox, and one of them dies for a while."""

from __future__ import annotations

from collections import Counter

from benchmarks.chaos.fault import Fault
from benchmarks.chaos.scene import Scene
from benchmarks.chaos.tree import Setup
from benchmarks.chaos.verdict import deliveries_of

WATCHERS = ("watcher", "watcher-2")


def _play(scene: Scene) -> None:
    with scene.fault():
        scene.drop_at_once()
        few = scene.chance.randint(1, max(1, len(scene.files) // 2))
        scene.await_ends(few)
        scene.tree.kill(WATCHERS[0])
    scene.tree.start(WATCHERS[0])
    scene.await_ends(len(scene.files))
    scene.notes.append(f"taken by {_shares(scene)}")


def _shares(scene: Scene) -> str:
    """Say how many files each watcher registered."""
    ledger = scene.tree.store.ledger
    records = [ledger.get(each.id) for name in scene.files for each in deliveries_of(scene.tree, name)]
    shares = Counter(record.timeline[0].by for record in records if record)
    return ", ".join(f"{name.partition(':')[2]}: {count}" for name, count in shares.most_common())


FAULT = Fault(
    name="two-watchers",
    sentence="two watchers take files that arrive at once from one inbox, and one is killed and started again",
    play=_play,
    setup=Setup(parts=("server", *WATCHERS, "worker")),
)
