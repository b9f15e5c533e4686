"""The time that the processes of a worker have spent in each stage, in memory that they share."""

from __future__ import annotations

import multiprocessing

from billiard.process import current_process

from copytaster.metrics import Stage
from copytaster.monitoring.throughput import RUNS, SECONDS, STAGE

STAGES = tuple(Stage)


class StageTimes:
    """Sums for each place in the pool, so that no process writes where another one does, and none needs a lock.

    A lock would stay locked if the process that holds it is killed.
    """

    def __init__(self, places: int) -> None:
        self._places = places
        self._sums = multiprocessing.get_context("fork").RawArray("d", 2 * len(STAGES) * places)

    def add(self, stage: Stage, seconds: float) -> None:
        """Add one run of a stage; called in the process that ran it."""
        place = (getattr(current_process(), "index", None) or 0) % self._places
        first = 2 * (place * len(STAGES) + STAGES.index(stage))
        self._sums[first] += 1
        self._sums[first + 1] += seconds

    def details(self) -> dict[str, float]:
        """Return the sums over all processes for the heartbeat; without the stages that did not run."""
        found = dict[str, float]()
        for number, stage in enumerate(STAGES):
            firsts = [2 * (place * len(STAGES) + number) for place in range(self._places)]
            if runs := sum(self._sums[each] for each in firsts):
                found[f"{STAGE}{stage}{RUNS}"] = runs
                found[f"{STAGE}{stage}{SECONDS}"] = round(sum(self._sums[each + 1] for each in firsts), 3)
        return found
