"""Counts which processes have done the work of a run."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from benchmarks.chaos.verdict import deliveries_of
from copytaster.model.delivery import Delivery

if TYPE_CHECKING:
    from benchmarks.chaos.tree import Tree

_PID = re.compile(r"@.*?:(\d+)")
"""In the name of a process, ``PART@HOST:PID``, or of a run of it, ``PART@HOST:PID/RUN``."""


def count_intakes(tree: Tree, names: Iterable[str]) -> str:
    """Return how many files each watcher has taken in, by the first line of each delivery's timeline."""
    return _count(tree, names, lambda record: [record.timeline[0].by])


def count_attempts(tree: Tree, names: Iterable[str]) -> str:
    """Return how many deliveries each worker has attempted."""
    return _count(tree, names, lambda record: {each.by for each in record.timeline if each.by.startswith("worker@")})


def _count(tree: Tree, names: Iterable[str], doers: Callable[[Delivery], Iterable[str]]) -> str:
    parts = {pid: part for part in tree.parts for pid in tree.processes(part)}
    records = [tree.store.ledger.get(each.id) for name in names for each in deliveries_of(tree, name)]
    found = Counter(_part(doer, parts) for record in records if record for doer in doers(record))
    return ", ".join(f"{name}: {count}" for name, count in found.most_common())


def _part(doer: str, parts: dict[int, str]) -> str:
    pid = _PID.search(doer)
    return parts.get(int(pid[1]), doer) if pid else doer
