"""The recent history in memory."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from copytaster.clock import Clock
from copytaster.store.ports.history import Ring, Sample, recent


class MemoryHistory:
    """Implements ``History``."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._samples: dict[tuple[Ring, int], Sample] = {}
        self._problems: dict[str, datetime] = {}

    def add(self, ring: Ring, sample: Sample) -> None:
        """Store the sample; see ``History.add``."""
        self._samples[ring, ring.period(sample.at) % ring.length] = sample

    def samples(self, ring: Ring) -> list[Sample]:
        """Return the samples; see ``History.samples``."""
        found = [sample for (of, _), sample in self._samples.items() if of is ring]
        return recent(found, ring, now=self._clock.now())

    def note_problems(self, codes: Collection[str]) -> dict[str, datetime]:
        """Record the problems; see ``History.note_problems``."""
        now = self._clock.now()
        self._problems = {code: self._problems.get(code, now) for code in codes}
        return dict(self._problems)
