"""One trait of a source's files, such as their language, and whether the latest files differ in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import log

from copytaster.monitoring.sources.daily_peaks import DailyPeaks

VALUES = 8
"""Values of a trait that are distinguished; the rarest is replaced by a new one."""

MEMORY = 200.0
"""Files that make up the usual distribution; earlier ones are forgotten gradually, so that a change becomes usual."""

FEWEST = 20
"""Files after which a distribution is known."""

SLACK = 1.0
"""Surprise in nats that is subtracted for each file: what is a little rarer than usual does not add up."""

SURPRISE = 8.0
"""The least limit of the sum: two files in a row with a value that a uniform source has never had exceed it."""

MOST = 60.0
"""Highest sum: so a long exception is over soon after its end."""


@dataclass(slots=True)
class Trait:
    """The weights of values, how surprising a file usually is, and the sum of the surprise of the latest files.

    The sum rises with each unusual file and falls with each usual one, but not below zero (CUSUM).
    """

    weights: dict[str, float] = field(default_factory=dict)
    files: float = 0.0
    usual: float = 0.0
    sum: float = 0.0
    value: str = ""
    peaks: DailyPeaks = field(default_factory=DailyPeaks)

    def note(self, value: str, day: int, *, allowed: frozenset[str] | None = None) -> None:
        """Take in the value of a file; ``allowed`` are the declared values, which replace the usual ones."""
        if allowed is not None:
            surprise = SURPRISE / 2 + SLACK + 0.1 if value not in allowed else 0.0
            self._add(surprise - SLACK, value)
        elif self.files >= FEWEST:
            surprise = -log((self.weights.get(value, 0.0) + 0.5) / (self.files + 1.0))
            self._add(surprise - self.usual - SLACK, value)
            self.usual += (surprise - self.usual) / min(self.files, MEMORY)
            self.peaks.note(day, self.sum)
        self._learn(value)

    def is_unusual(self, day: int, *, declared: bool = False) -> bool:
        """Return whether the latest files differ from the usual ones."""
        return self.sum > (SURPRISE if declared else self.peaks.limit(day, least=SURPRISE))

    @property
    def most_usual(self) -> str:
        """The most frequent value."""
        return max(self.weights, key=self.weights.__getitem__, default="")

    def _add(self, surprise: float, value: str) -> None:
        self.sum = min(max(self.sum + surprise, 0.0), MOST)
        if surprise > 0:
            self.value = value

    def _learn(self, value: str) -> None:
        if self.files >= MEMORY:
            kept = 1 - 1 / MEMORY
            self.weights = {each: weight * kept for each, weight in self.weights.items()}
            self.files *= kept
        if value not in self.weights and len(self.weights) >= VALUES:
            del self.weights[min(self.weights, key=self.weights.__getitem__)]
        self.weights[value] = self.weights.get(value, 0.0) + 1.0
        self.files += 1.0
