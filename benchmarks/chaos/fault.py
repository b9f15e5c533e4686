"""What a fault is: a name, a sentence, and what it does to a running system."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.chaos.files import Maker, make_texts
from benchmarks.chaos.scene import Scene
from benchmarks.chaos.tree import Setup
from benchmarks.chaos.verdict import Judge, judge_distinct


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One scenario. To add one, write a module in ``faults`` and a line in ``registry``.

    ``play`` drops the files of the scene and does the fault, inside ``scene.fault()`` or one of its kin; it returns
    with every part running again. ``make`` makes the files: ``--files`` of them, or ``--copies`` where ``few`` is set.
    ``judge`` knows what is to become of the files. ``impossible`` says, given an empty folder, why this machine cannot
    play it; None when it can.
    """

    name: str
    sentence: str
    play: Callable[[Scene], None]
    setup: Setup = field(default_factory=Setup)
    make: Maker = make_texts
    few: bool = False
    judge: Judge = judge_distinct
    impossible: Callable[[Path], str | None] = lambda _: None
