"""Copies of one text arrive at once."""

from __future__ import annotations

from benchmarks.chaos.fault import Fault
from benchmarks.chaos.files import make_copies
from benchmarks.chaos.scene import Scene
from benchmarks.chaos.tree import Setup
from benchmarks.chaos.verdict import judge_copies


def _play(scene: Scene) -> None:
    with scene.fault():
        scene.drop_at_once()


FAULT = Fault(
    name="copies",
    sentence="copies of one text arrive at once and are worked on at once; one is stored, the others point to it",
    play=_play,
    # Copies that arrive together are worked on together, not one after another in a batch.
    setup=Setup(settings={"BATCH_SIZE": "1", "CONCURRENCY": "4"}),
    make=make_copies,
    few=True,
    judge=judge_copies,
)
