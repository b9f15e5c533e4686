"""What a system did between two of its states: rates, and the stages that took the most time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from copytaster.model.disposition import Disposition
from copytaster.monitoring.status import Status
from copytaster.store.ports.presence import Heartbeat, Part

STAGE = "stage_"
RUNS, SECONDS = "_runs", "_seconds"
"""Details of a worker: ``stage_parse_runs`` and ``stage_parse_seconds``, since its start."""


@dataclass(frozen=True, slots=True)
class StageUse:
    """A stage: how many processes it kept busy on average, and the mean time of a delivery or batch, in seconds."""

    name: str
    busy: float
    mean: float


@dataclass(frozen=True, slots=True)
class Throughput:
    """Deliveries a second that arrived, and that were settled by disposition; stages, the busiest first; source items.

    ``sources`` are the items a second of the sources that are in both states.
    """

    seconds: float
    arrived: float
    settled: dict[Disposition, float]
    stages: tuple[StageUse, ...]
    sources: dict[str, float]


def throughput(before: Status, after: Status) -> Throughput | None:
    """Return what happened between two states; None if no time has passed, or the server has lost its data."""
    seconds = (after.at - before.at).total_seconds()
    if seconds <= 0 or after.balance.seen < before.balance.seen:
        return None
    earlier = before.balance.dispositions
    ended = {each: count - earlier.get(each, 0) for each, count in after.balance.dispositions.items()}
    items = {each.source: each.first + each.duplicates for each in before.sources}
    return Throughput(
        seconds=seconds,
        arrived=(after.balance.seen - before.balance.seen) / seconds,
        settled={each: count / seconds for each, count in ended.items()},
        stages=_stages(before, after, seconds),
        sources={
            each.source: (each.first + each.duplicates - items[each.source]) / seconds
            for each in after.sources
            if each.source in items
        },
    )


def _stages(before: Status, after: Status, seconds: float) -> tuple[StageUse, ...]:
    earlier = {each.name: each for each in before.parts}
    workers = [each for each in after.parts if each.part is Part.WORKER]
    spent, runs = dict[str, float](), dict[str, float]()
    for worker in workers:
        known = earlier.get(worker.name)
        for name, value in _figures(worker).items():
            grown = value - (_figures(known).get(name, 0.0) if known else 0.0)
            stage, kind = name.rsplit("_", 1)
            total = runs if kind == RUNS.removeprefix("_") else spent
            total[stage] = total.get(stage, 0.0) + max(grown, 0.0)
    used = (StageUse(each, spent[each] / seconds, spent[each] / runs[each]) for each in spent if runs.get(each))
    return tuple(sorted(used, key=lambda each: -each.busy))


def _figures(worker: Heartbeat) -> Mapping[str, float]:
    """Return the sums of a worker's stages, without the prefix."""
    details = worker.details.items()
    return {name.removeprefix(STAGE): float(value or 0) for name, value in details if name.startswith(STAGE)}
