"""Stories of several articles, while all parts are killed, and then the server loses its data."""

from __future__ import annotations

from collections.abc import Mapping

from redis import Redis

from benchmarks.chaos.articles import make_article
from benchmarks.chaos.fault import Fault
from benchmarks.chaos.scene import ExpectedFile, Scene
from benchmarks.chaos.tree import Tree, wait_until
from benchmarks.chaos.verdict import Verdict, deliveries_of, find_stuck
from copytaster.bootstrap.store import redis_address
from copytaster.model.work import Work

TAKES = 5
"""Files of one event: four reports in other words, which share half of their paragraphs, and a copy of the first."""

TAGGED_SECONDS = 180.0
"""Timeout for the tagging of all files before the server loses its data."""


def _make(prefix: str, count: int, key: str) -> dict[str, ExpectedFile]:
    """Return the takes of as many events as there is room for, one take of each event after another."""
    files = dict[str, ExpectedFile]()
    for take in range(TAKES):
        for event in range(max(2, count // TAKES)):
            common, own = make_article(f"{key}/{event}"), make_article(f"{key}/{event}/{take % (TAKES - 1)}")
            paragraphs = common.text.split("\n\n")
            half = own.text.split("\n\n")
            text = "\n\n".join([*paragraphs[: len(paragraphs) // 2], *half[: len(half) // 2]])
            title = f"{common.title}: {own.title}"
            ending = "\n\n" if take == TAKES - 1 else "\n"
            files[f"{prefix}-{event}-{take}.txt"] = ExpectedFile(title, f"{title}\n\n{text}{ending}".encode())
    return files


def _play(scene: Scene) -> None:
    """Kill the parts one after another while articles are placed, and empty the server when all have been."""
    scene.drop_half()
    scene.await_ends(1)
    with scene.fault():
        for part in ("worker", "watcher", "worker"):
            scene.tree.kill(part)
            scene.tree.start(part)
        scene.drop_rest()
        scene.await_ends(len(scene.files))
        if not wait_until(lambda: _is_tagged(scene.tree), seconds=TAGGED_SECONDS):
            scene.wrong.append("not all articles were tagged before the server was emptied")
        scene.note_stories()
        scene.notes.append(f"{len(scene.placed)} articles were in {len(set(scene.placed.values()))} stories")
        with Redis.from_url(redis_address(scene.tree.settings)) as client:
            client.flushall()


def _is_tagged(tree: Tree) -> bool:
    return not any(tree.store.ledger.waiting(work) for work in Work)


def _judge(tree: Tree, files: Mapping[str, ExpectedFile], *, stored: int) -> Verdict:
    """Return the verdict on files of which some are copies; the stories are judged for every fault."""
    del stored
    found = {name: deliveries_of(tree, name) for name in files}
    return Verdict(
        lost=tuple(name for name in files if not found[name]),
        doubled=tuple(name for name in files if len(found[name]) > 1),
        stuck=find_stuck(tree, found, {}),
        balanced=tree.store.ledger.balance().closed,
    )


FAULT = Fault(
    name="stories",
    sentence="parts are killed while articles are placed into stories; after FLUSHALL the stories are the same",
    play=_play,
    make=_make,
    judge=_judge,
)
