"""The port of the system's recent history: samples of the last hour and day, and since when each problem exists.

Samples are in two rings of a fixed length, so that they take some 30 KB however long the system runs.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import Enum
from typing import Protocol

from pydantic import AwareDatetime

from copytaster.model.article import Document
from copytaster.model.disposition import Disposition


class Ring(Enum):
    """A ring of samples: its name, the time between two of them, and the number that are kept."""

    HOUR = ("hour", timedelta(minutes=1), 61)
    DAY = ("day", timedelta(minutes=10), 145)

    def __init__(self, label: str, step: timedelta, length: int) -> None:
        self.label = label
        self.step = step
        # One more than steps fit: a rate is the difference of two samples.
        self.length = length

    def period(self, at: datetime) -> int:
        """Return the number of the step that contains a time; each has one sample."""
        return int(at.timestamp() // self.step.total_seconds())


class Sample(Document):
    """The system at one moment.

    ``seen`` and ``dispositions`` are the totals of the ledger; they fall when the server loses its data.
    ``oldest_seconds`` is the age of the oldest message in the queues of live work, null if these are empty.
    ``latency_p50_seconds`` and ``latency_p95_seconds`` are about deliveries that were settled since the previous
    sample, from receipt to disposition; null without any.
    """

    at: AwareDatetime
    seen: int
    in_flight: int
    dispositions: dict[Disposition, int]
    oldest_seconds: float | None
    latency_p50_seconds: float | None
    latency_p95_seconds: float | None


class History(Protocol):
    """Every method raises ``TransientError`` if the server does not answer, and is one round trip."""

    def add(self, ring: Ring, sample: Sample) -> None:
        """Store the sample of its step; of several for one step the last stays."""
        ...

    def samples(self, ring: Ring) -> list[Sample]:
        """Return the samples of the last hour or day, the oldest first; steps without one are left out."""
        ...

    def note_problems(self, codes: Collection[str]) -> dict[str, datetime]:
        """Record which problems exist now, and return since when each was recorded without an interruption."""
        ...


def recent(samples: list[Sample], ring: Ring, *, now: datetime) -> list[Sample]:
    """Return the samples that the ring covers now, the oldest first: it also has what an idle time has left."""
    last = ring.period(now)
    return sorted((each for each in samples if ring.period(each.at) > last - ring.length), key=lambda each: each.at)
