"""Old data is removed while the parts are killed and the server is emptied."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

from redis import Redis

from benchmarks.chaos.fault import Fault
from benchmarks.chaos.files import make_texts
from benchmarks.chaos.scene import ExpectedFile, Scene
from benchmarks.chaos.tree import Setup, Tree, wait_until
from benchmarks.chaos.verdict import Verdict, judge_distinct
from benchmarks.chaos.watch import take_snapshot
from benchmarks.growth.owners import without_owner
from copytaster.archive.journal import FilesystemJournal
from copytaster.archive.originals import PREFIXES
from copytaster.bootstrap.store import redis_address
from copytaster.errors import TransientError
from copytaster.store.ports.retention import HELD_FOR

OLD = timedelta(days=100)
"""How long before the others the old files arrive: articles and originals are kept for 90 days."""

WAIT_SECONDS = 600.0
"""Timeout of each phase. The retention removes a hundred articles in half a second, if the machine is idle."""

KILLED = ("watcher", "worker", "server")


def _make(prefix: str, count: int, key: str) -> dict[str, ExpectedFile]:
    """Return the young files, half of all; the fault makes as many old ones."""
    return make_texts(prefix, max(2, count // 2), key)


def _play(scene: Scene) -> None:
    """Kill parts while the store's old data goes, empty the server, and kill the watcher while old originals go."""
    old = _create_old_data(scene)
    with scene.fault():
        scene.drop_half()
        for part in scene.chance.sample(KILLED, len(KILLED)):
            _await_removals(scene, articles=scene.chance.randint(1, max(1, len(scene.files) // 4)))
            scene.tree.kill(part)
            scene.tree.start(part)
        _await(scene, "the old articles and deliveries are removed", lambda: _has_young_only(scene))
        scene.wrong += _ownerless(scene.tree)
        with Redis.from_url(redis_address(scene.tree.settings)) as client:
            scene.note_stories()
            client.flushall()
        scene.drop_rest()
        _await(scene, "the store is rebuilt", lambda: _has_young_only(scene))
        _remove_originals(scene, old)


def _create_old_data(scene: Scene) -> list[str]:
    """Let old files become tagged articles, return to the present, and return the hashes of the files."""
    tree, count = scene.tree, len(scene.files)
    scene.clock.jump_to(-OLD.total_seconds())
    files = make_texts("old", count, f"old/{scene.chance.random()}")
    for name, file in files.items():
        tree.drop(name, file.content)
    _await(scene, "the old files are articles", lambda: _ended(tree) >= count and _is_at_rest(tree))
    # After a jump of the clock the retention waits for a day; that has passed when the clock returns to the present.
    scene.clock.jump_to(-(HELD_FOR + timedelta(minutes=1)).total_seconds())
    _await(scene, "the retention has noticed the jump", lambda: tree.store.retention.totals().held_since is not None)
    scene.clock.jump_to(0)
    return [sha256(each.content).hexdigest() for each in files.values()]


def _remove_originals(scene: Scene, old: Sequence[str]) -> None:
    """Make originals old, restart the watcher, which begins to remove them, and kill it in the middle of that.

    Until now their files were new: the kernel has set their times.
    """
    tree, moment = scene.tree, time.time() - OLD.total_seconds()
    tree.kill("watcher")
    for each in old:
        os.utime(tree.settings.data / "archive" / each[:2] / each[2:4] / f"{each}.bin", (moment, moment))
    before = _originals(tree)
    tree.start("watcher")
    if wait_until(lambda: _originals(tree) < before, seconds=scene.seconds):
        scene.notes.append("the watcher was killed while it removed originals")
    tree.kill("watcher")
    tree.start("watcher")
    pruned = tree.command("prune", "--json")
    scene.notes.append(f"left for `copytaster prune`: {(pruned.stdout or pruned.stderr).strip()}")


def _await_removals(scene: Scene, *, articles: int) -> None:
    """Wait until some more articles are removed, or none are left to remove."""
    first = _removed(scene.tree)
    enough = min(first + articles, len(scene.files))
    _await(scene, f"{articles} more articles are removed", lambda: _removed(scene.tree) >= enough)


def _await(scene: Scene, what: str, condition: Callable[[], bool]) -> None:
    """Wait for a condition; parts that die are started again, and the server may be away."""

    def is_met() -> bool:
        scene.tree.revive()
        try:
            return condition()
        except TransientError:
            return False

    if not wait_until(is_met, seconds=WAIT_SECONDS):
        scene.wrong.append(f"within {WAIT_SECONDS:g} s it did not happen that {what}")


def _removed(tree: Tree) -> int:
    return tree.store.retention.totals().articles_removed


def _ended(tree: Tree) -> int:
    return sum(tree.store.ledger.balance().dispositions.values())


def _is_at_rest(tree: Tree) -> bool:
    snapshot = take_snapshot(tree)
    return snapshot is not None and not snapshot.in_flight and not snapshot.waiting and not tree.remaining()


def _has_young_only(scene: Scene) -> bool:
    """Return whether everything that was dropped of the young files is stored, and nothing else."""
    if not _is_at_rest(scene.tree):
        return False
    store, epoch = scene.tree.store, scene.tree.store.epoch.read()
    oldest = store.retention.oldest_delivery()
    # None is the answer if the oldest one is removed at this moment.
    is_young = oldest is not None and time.time() - oldest.timestamp() < OLD.total_seconds() / 2
    return epoch.is_complete and is_young and store.articles.count() == scene.dropped


def _originals(tree: Tree) -> int:
    return sum(len(tree.archive.names(each)) for each in PREFIXES)


def _ownerless(tree: Tree) -> list[str]:
    """Return a sentence if a key or an entry of the store belongs to nothing that is stored."""
    with Redis.from_url(redis_address(tree.settings)) as client:
        found = without_owner(client, tree.store)
    return [f"{found['without_owner']} entries without an owner: {found['families']}"] if found["without_owner"] else []


def _judge(tree: Tree, files: Mapping[str, ExpectedFile], *, stored: int) -> Verdict:
    """Return the verdict on the young files; of the old ones nothing may be left, here or in the archive."""
    verdict, wrong = judge_distinct(tree, files, stored=stored), _ownerless(tree)
    if (found := _originals(tree)) != len(files):
        wrong.append(f"the archive has {found} originals instead of {len(files)}")
    days = FilesystemJournal(tree.settings.archive_address).days()
    if old := [each for each in days if each < _day_between()]:
        wrong.append(f"the journal has days of old files: {', '.join(old)}")
    return replace(verdict, wrong=(*verdict.wrong, *wrong))


def _day_between() -> str:
    """Return a day after those of the old files and before those of the young ones."""
    return time.strftime("%Y/%m/%d", time.gmtime(time.time() - OLD.total_seconds() / 2))


FAULT = Fault(
    name="retention",
    sentence="old data is removed, parts are killed meanwhile, and the server is emptied and rebuilt",
    play=_play,
    setup=Setup(clock=True),
    make=_make,
    judge=_judge,
)
