"""One run: drops files, injects a fault, and judges the result of every file."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from benchmarks.chaos.fault import Fault
from benchmarks.chaos.scene import Scene
from benchmarks.chaos.stories import find_wrong_stories
from benchmarks.chaos.tree import Tree
from benchmarks.chaos.verdict import Verdict
from benchmarks.chaos.watch import follow


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The results of a run.

    ``fault_seconds`` is how long the fault lasted. The times after it count from its end (a killed part is started
    again only then): to the next delivery that ended, until every delivery had ended, which is the time to recover,
    and until every article was tagged too, which is mostly the speed of tagging on this machine. ``died`` are the
    parts that ended without being killed; ``republished`` is the number of ids that the reconciler sent again.
    """

    fault: str
    number: int
    seed: int
    files: int
    ended_before: int
    fault_seconds: float
    next_end_seconds: float | None
    ended_seconds: float | None
    through_seconds: float | None
    republished: int
    died: tuple[str, ...]
    notes: tuple[str, ...]
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """Size of a run: number of files, duration of a fault that lasts, number of restarts.

    ``seed`` determines articles and random moments.
    """

    files: int
    seconds: float
    restarts: int
    seed: int


def run_fault(tree: Tree, fault: Fault, size: Size, *, number: int) -> Run:
    """Inject a fault for the ``number``-th time on this system and return the results."""
    key = f"{size.seed}/{fault.name}/{number}"
    files = fault.make(f"{fault.name}-{number}", size.files, key)
    scene = Scene(tree=tree, chance=random.Random(key), seconds=size.seconds, restarts=size.restarts, files=files)
    stored, sent_again, died = tree.store.articles.count(), tree.republished(), len(tree.died)
    fault.play(scene)
    times = follow(tree, over=scene.over, expected=scene.ended_at_start + len(files))
    verdict = fault.judge(tree, scene.files, stored=stored)
    wrong_stories = tuple(find_wrong_stories(tree, scene.article_ids(), scene.placed))
    return Run(
        fault=fault.name,
        number=number,
        seed=size.seed,
        files=len(files),
        ended_before=scene.ended_before,
        fault_seconds=round(scene.over - scene.began, 2),
        next_end_seconds=times.next_end,
        ended_seconds=times.ended,
        through_seconds=times.through,
        republished=tree.republished() - sent_again,
        died=tuple(tree.died[died:]),
        notes=tuple(scene.notes),
        verdict=replace(verdict, wrong=(*scene.wrong, *verdict.wrong, *wrong_stories)),
    )
