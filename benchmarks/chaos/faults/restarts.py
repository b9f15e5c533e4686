"""Everything is killed and started again, at one random moment after another, and the results must be the same."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.chaos.fault import Fault
from benchmarks.chaos.files import COPY, UNFINISHED, make_mix
from benchmarks.chaos.scene import ExpectedFile, Scene
from benchmarks.chaos.tree import Setup, Tree
from benchmarks.chaos.verdict import Verdict, articles_of, deliveries_of, find_stuck, is_archived, is_balanced
from benchmarks.chaos.watch import follow
from copytaster.model.article import Article
from copytaster.model.delivery import Delivery
from copytaster.model.disposition import Disposition

PARTS = ("server", "watcher", "worker", "api")

SETUP = Setup(parts=PARTS, settings={"INCOMPLETE_SECONDS": "2"})

LISTED = {Disposition.STORED, Disposition.NEW_VERSION}

LONGEST_LIFE_SECONDS = 6.0
"""Longest time until a kill: a start takes three, so that every second kill happens before or during a start."""


def _play(scene: Scene) -> None:
    undisturbed = _ends_undisturbed(scene)
    scene.files = {name: replace(expected, end=undisturbed[name]) for name, expected in scene.files.items()}
    copies = sum(map(_is_copy, scene.files))
    few = scene.restarts // 4
    with scene.fault():
        _disturb(scene, len(scene.files) - copies, restarts=scene.restarts - few)
        # Which of two alike is the first is left to chance, unless one has ended before the other comes.
        scene.await_ends(len(scene.files) - copies)
        _disturb(scene, copies, restarts=few)
    scene.notes.append(f"{scene.restarts} restarts at random moments; compared with an undisturbed run")


def _disturb(scene: Scene, files: int, *, restarts: int) -> None:
    """Drop the next files in as many parts as there are restarts; return when all parts are at work."""
    for number in range(restarts):
        scene.drop_more(files * (number + 1) // restarts - files * number // restarts)
        time.sleep(scene.chance.uniform(0, LONGEST_LIFE_SECONDS))
        scene.tree.kill(*PARTS)
        scene.tree.launch(*PARTS)
    scene.drop_more(0 if restarts else files)
    scene.tree.await_all(*PARTS)


def _ends_undisturbed(scene: Scene) -> dict[str, str]:
    """Let the same files through a system of their own and return how each ended."""
    with TemporaryDirectory(prefix="copytaster-chaos-") as folder, Tree(Path(folder), SETUP, random.Random(0)) as tree:
        for these in ([n for n in scene.files if not _is_copy(n)], [n for n in scene.files if _is_copy(n)]):
            before = tree.store.ledger.balance().seen
            for name in these:
                tree.drop(name, scene.files[name].content)
            follow(tree, over=time.monotonic(), expected=before + len(these))
        return {name: _end_of(tree, deliveries_of(tree, name)) for name in scene.files}


def _end_of(tree: Tree, deliveries: list[Delivery]) -> str:
    """Return all that may not differ between two runs: how the deliveries ended, and the articles with their tags."""
    ends = [each.model_dump_json(include={"disposition", "reason", "article_ids", "relation"}) for each in deliveries]
    return "\n".join([*ends, *map(_contents_of, articles_of(tree, deliveries))])


def _contents_of(article: Article) -> str:
    # Which terms are rare is learned from one article after another, and tagging has no order.
    known = {field: origin for field, origin in article.provenance.items() if field != "keywords"}
    lasting = article.model_copy(update={"provenance": known})
    same = lasting.model_dump_json(exclude={"received_at", "duplicates", "duplicate_count", "keywords"})
    return f"{same} with {article.duplicate_count} duplicates"


def _is_copy(name: str) -> bool:
    return name.endswith(COPY)


def _judge(tree: Tree, files: Mapping[str, ExpectedFile], *, stored: int) -> Verdict:
    """Return the verdict on files that are to end as they did where nothing disturbed."""
    found = {name: deliveries_of(tree, name) for name in files}
    new = {each.article_ids for deliveries in found.values() for each in deliveries if each.disposition in LISTED}
    return Verdict(
        lost=tuple(name for name in files if not (found[name] and _is_archived_or_broken(tree, files[name]))),
        doubled=tuple(name for name, deliveries in found.items() if len(deliveries) > 1),
        stuck=find_stuck(tree, found, {name: _listed(tree, each) for name, each in found.items()}),
        balanced=is_balanced(tree, stored + len(new)),
        wrong=tuple(
            f"{name} ended as {end}, without disturbance as {files[name].end}"
            for name, deliveries in found.items()
            if (end := _end_of(tree, deliveries)) != files[name].end
        ),
    )


def _listed(tree: Tree, deliveries: list[Delivery]) -> list[Article]:
    """Return the articles that are to be tagged: copies are not."""
    return articles_of(tree, [each for each in deliveries if each.disposition in LISTED])


def _is_archived_or_broken(tree: Tree, expected: ExpectedFile) -> bool:
    return not expected.content or expected.content == UNFINISHED or is_archived(tree, expected.content)


FAULT = Fault(
    name="restarts",
    sentence="everything is killed and started again at random moments; each file ends as in an undisturbed run",
    play=_play,
    setup=SETUP,
    make=make_mix,
    judge=_judge,
)
