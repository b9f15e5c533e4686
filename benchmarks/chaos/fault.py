"""Definition of a fault: its name, its description, and its effect on a running system."""

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

    ``play`` drops the files of the scene and injects the fault, inside ``scene.fault()`` or a similar context manager;
    it returns with every part running. ``make`` makes ``--files`` files, or ``--copies`` if ``few`` is set.
    ``judge`` compares the results with the expected ones. ``impossible`` returns, given an empty folder, why this
    machine cannot run the fault; None if it can.
    """

    name: str
    sentence: str
    play: Callable[[Scene], None]
    setup: Setup = field(default_factory=Setup)
    make: Maker = make_texts
    few: bool = False
    judge: Judge = judge_distinct
    impossible: Callable[[Path], str | None] = lambda _: None
