"""A file kills every process that reads it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from benchmarks.chaos.fault import Fault
from benchmarks.chaos.files import POISON, make_poison
from benchmarks.chaos.scene import ExpectedFile, Scene
from benchmarks.chaos.tree import Setup, Tree
from benchmarks.chaos.verdict import Verdict, deliveries_of, find_stuck, is_archived, judge_distinct
from copytaster.model.delivery import Delivery
from copytaster.model.disposition import Disposition

WORKER = Path(__file__).parents[1] / "poisoned_worker.py"

DEATHS = "poison-deaths"
"""Where the poisoned worker counts them; it cannot be imported without changing the parser here too."""

MAX_DEATHS = 3


def _play(scene: Scene) -> None:
    with scene.fault():
        scene.drop_rest()
    neighbours = len(scene.files) - 1
    scene.await_ends(neighbours)
    scene.notes.append(f"{neighbours} files had ended {time.monotonic() - scene.over:.1f} s after the last was dropped")
    scene.await_ends(len(scene.files))
    for name in scene.files:
        for each in deliveries_of(scene.tree, name) if POISON in name else []:
            scene.notes.append(f"the poison killed {_deaths(scene.tree)} times and ended as {each.reason}")


def _judge(tree: Tree, files: Mapping[str, ExpectedFile], *, stored: int) -> Verdict:
    poison = {name: expected for name, expected in files.items() if POISON in name}
    found = judge_distinct(tree, {name: files[name] for name in files.keys() - poison.keys()}, stored=stored)
    (name, expected) = next(iter(poison.items()))
    deliveries = deliveries_of(tree, name)
    stuck = find_stuck(tree, {name: deliveries}, {})
    return replace(
        found,
        lost=(*found.lost, *([] if deliveries and is_archived(tree, expected.content) else [name])),
        doubled=(*found.doubled, *([name] if len(deliveries) > 1 else [])),
        stuck=tuple(dict.fromkeys([*found.stuck, *stuck])),
        wrong=tuple(_wrong(tree, deliveries)),
    )


def _wrong(tree: Tree, deliveries: list[Delivery]) -> list[str]:
    deaths = _deaths(tree)
    wrong = [f"the poison file killed {deaths} times"] if deaths > MAX_DEATHS else []
    return wrong + [
        f"the poison file ended as {each.disposition} and is not in quarantine"
        for each in deliveries
        if each.disposition is not Disposition.QUARANTINED or not (tree.settings.quarantine / each.path).exists()
    ]


def _deaths(tree: Tree) -> int:
    return (tree.settings.data / DEATHS).read_bytes()[0]


FAULT = Fault(
    name="poison",
    sentence="a file kills each process that reads it, and the others are queued behind it",
    play=_play,
    setup=Setup(scripts={"worker": WORKER}),
    make=make_poison,
    judge=_judge,
)
