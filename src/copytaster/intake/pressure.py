"""When the intake pauses, and when it goes on: marks for the queue, the server's memory and the disks.

Files are safest where they are: in the inbox they can be listed, moved and withdrawn, cost the server nothing, and
their senders see that nobody has taken them. So what cannot be worked off soon is not taken in the first place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from copytaster.store.ports.memory_gauge import MemoryUse

RESUME = 0.8
"""Share of a mark below which the intake goes on: were both marks the same, it would stop and start with each file."""

BACKFILL_SHARE = 0.2
"""Share of the queue's limit up to which old files are taken in: they are worked off with what the live ones leave,
which may be a tenth of a processor, and should not be overdue by then."""

RESUME_DISK = 1 / RESUME
"""The same for free space, where more is better: a quarter more than the mark."""

MEBIBYTE = 1024 * 1024


class Cause(StrEnum):
    """Why the intake is paused; also a metric label."""

    QUEUE = "queue"
    MEMORY = "memory"
    DISK = "disk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """Where the intake pauses: deliveries not ended, share of the server's memory, bytes free on a filesystem."""

    queue_limit: int
    memory_limit: float
    disk_free_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauges:
    """What was read at one moment; None is a figure that could not be read. ``free`` has bytes by filesystem.

    ``queued`` counts live deliveries and suspects, ``backfilling`` the old ones behind them.
    """

    queued: int | None = None
    backfilling: int | None = None
    memory: MemoryUse | None = None
    free: Mapping[str, int] = field(default_factory=dict)


class GaugeReader(Protocol):
    """Reads the gauges."""

    def __call__(self) -> Gauges:
        """Return the present figures; what cannot be read is left out rather than raised."""
        ...


def find_causes(gauges: Gauges, marks: Marks, before: Mapping[Cause, str]) -> dict[Cause, str]:
    """Return why the intake has to pause, a sentence with figures for each cause; empty when it may go on.

    ``before`` is the last answer: a cause that was there stays until its gauge has passed the low mark, and one whose
    gauge cannot be read stays as it was.
    """
    found = {
        Cause.QUEUE: _queue(gauges, marks, before),
        Cause.MEMORY: _memory(gauges, marks, before),
        Cause.DISK: _disk(gauges, marks, before),
    }
    return {cause: sentence for cause, sentence in found.items() if sentence}


def backfill_rests(gauges: Gauges, marks: Marks, *, before: bool) -> bool:
    """Return whether no more old files are to be taken in for now; ``before`` is the last answer. Nobody need be told.

    They are taken in pieces: what lies in the inbox can still be withdrawn, and costs the server nothing.
    """
    if gauges.backfilling is None:
        return before
    most = marks.queue_limit * BACKFILL_SHARE
    return gauges.backfilling > (most * RESUME if before else most)


def _queue(gauges: Gauges, marks: Marks, before: Mapping[Cause, str]) -> str | None:
    if gauges.queued is None:
        return before.get(Cause.QUEUE)
    low = marks.queue_limit * RESUME
    if gauges.queued <= (low if Cause.QUEUE in before else marks.queue_limit):
        return None
    return (
        f"{gauges.queued:,} deliveries have not ended yet; the limit is {marks.queue_limit:,},"
        f" the intake goes on at {low:,.0f}"
    )


def _memory(gauges: Gauges, marks: Marks, before: Mapping[Cause, str]) -> str | None:
    if gauges.memory is None:
        return before.get(Cause.MEMORY)
    share = gauges.memory.share
    low = marks.memory_limit * RESUME
    if share is None or share <= (low if Cause.MEMORY in before else marks.memory_limit):
        return None
    return (
        f"the Redis server uses {gauges.memory.used // MEBIBYTE:,} of its {gauges.memory.limit // MEBIBYTE:,} MiB"
        f" ({share:.0%}); the limit is {marks.memory_limit:.0%}, the intake goes on at {low:.0%}"
    )


def _disk(gauges: Gauges, marks: Marks, before: Mapping[Cause, str]) -> str | None:
    if not gauges.free:
        return before.get(Cause.DISK)
    low = marks.disk_free_bytes * RESUME_DISK
    name, free = min(gauges.free.items(), key=lambda item: item[1])
    if free >= (low if Cause.DISK in before else marks.disk_free_bytes):
        return None
    return (
        f"the disk of the {name} has {free // MEBIBYTE:,} MiB free; the least is"
        f" {marks.disk_free_bytes // MEBIBYTE:,} MiB, the intake goes on at {low / MEBIBYTE:,.0f} MiB"
    )
