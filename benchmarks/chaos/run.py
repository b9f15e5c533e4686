"""One run: files are dropped, a fault is played, and what came of every file is judged."""

from __future__ import annotations

import random
from dataclasses import dataclass

from benchmarks.chaos.fault import Fault
from benchmarks.chaos.scene import Scene
from benchmarks.chaos.tree import Tree
from benchmarks.chaos.verdict import Verdict
from benchmarks.chaos.watch import follow


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a run showed.

    ``fault_seconds`` is how long the fault lasted. The times after it count from its end (a killed part is started
    again only then): to the next delivery that ended, until every delivery had ended, which is the time to recover,
    and until every article was tagged too, which is mostly the speed of tagging on this machine. ``died`` are the
    parts that were started again although they had not been killed; ``republished`` is what the reconciler sent again.
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
    """How much of it: files a run, seconds that a fault lasts if it lasts, restarts where there are several of them.

    The ``seed`` is that of articles and moments.
    """

    files: int
    seconds: float
    restarts: int
    seed: int


def run_fault(tree: Tree, fault: Fault, size: Size, *, number: int) -> Run:
    """Play a fault for the ``number``-th time on this system and return what came of it."""
    key = f"{size.seed}/{fault.name}/{number}"
    wanted = fault.make(f"{fault.name}-{number}", size.files, key)
    scene = Scene(tree=tree, chance=random.Random(key), seconds=size.seconds, restarts=size.restarts, wanted=wanted)
    stored, sent_again, died = tree.store.articles.count(), tree.republished(), len(tree.died)
    fault.play(scene)
    times = follow(tree, over=scene.over, expected=scene.ended_at_start + len(wanted))
    return Run(
        fault=fault.name,
        number=number,
        seed=size.seed,
        files=len(wanted),
        ended_before=scene.ended_before,
        fault_seconds=round(scene.over - scene.began, 2),
        next_end_seconds=times.next_end,
        ended_seconds=times.ended,
        through_seconds=times.through,
        republished=tree.republished() - sent_again,
        died=tuple(tree.died[died:]),
        notes=tuple(scene.notes),
        verdict=fault.judge(tree, scene.wanted, stored=stored),
    )
