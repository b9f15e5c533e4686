"""Backpressure: when the intake pauses and when it resumes, by queue length, server memory and free disk space.

Files are safest in the inbox: there they can be listed, moved and withdrawn, cost the server nothing, and their sender
sees that they have not been taken. So the intake takes only what the workers can process soon.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from copytaster.model.limits import MEBIBYTE
from copytaster.store.ports.memory_gauge import MemoryUse
from copytaster.system.disk import DiskUse

RESUME = 0.8
"""Share of a limit below which the intake resumes. If both were equal, it would pause and resume with each file."""

BACKFILL_SHARE = 0.2
"""Share of the queue limit up to which backfill files are taken in. They get the CPU time that live files leave, which
may be a tenth of a core, and must not become overdue meanwhile."""

RESUME_DISK = 1 / RESUME
"""The same hysteresis for free space, where more is better: a quarter more than the limit."""


class Cause(StrEnum):
    """Why the intake is paused; also a metric label."""

    QUEUE = "queue"
    MEMORY = "memory"
    DISK = "disk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """The limits at which the intake pauses: deliveries in flight, share of server memory, writable bytes of a disk."""

    queue_limit: int
    memory_limit: float
    disk_free_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauges:
    """The figures at one moment; None is a figure that could not be read. ``disks`` are by name.

    ``queued`` counts live deliveries and suspects, ``backfilling`` counts backfill deliveries.
    """

    queued: int | None = None
    backfilling: int | None = None
    memory: MemoryUse | None = None
    disks: Mapping[str, DiskUse] = field(default_factory=dict)


class GaugeReader(Protocol):
    """Reads the gauges."""

    def __call__(self) -> Gauges:
        """Return the present figures; what cannot be read is left out rather than raised."""
        ...


def find_causes(gauges: Gauges, marks: Marks, before: Mapping[Cause, str]) -> dict[Cause, str]:
    """Return a sentence with figures for each cause of a pause; empty if the intake may run.

    ``before`` is the last result: an existing cause stays until its gauge passes the resume mark, and the state of a
    cause whose gauge cannot be read does not change.
    """
    found = {
        Cause.QUEUE: _queue(gauges, marks, before),
        Cause.MEMORY: _memory(gauges, marks, before),
        Cause.DISK: _disk(gauges, marks, before),
    }
    return {cause: sentence for cause, sentence in found.items() if sentence}


def describe_room(use: DiskUse) -> str:
    """Return what is free on a disk, as the object of a sentence: the bytes, or the inodes if these are scarcer."""
    room = f"{use.writable // MEBIBYTE:,} MiB"
    if use.free_inodes is None or use.writable == use.free:
        return f"{room} free"
    return f"{use.free_inodes:,} inodes free (`df -i` shows them), which count as {room}"


def backfill_rests(gauges: Gauges, marks: Marks, *, before: bool) -> bool:
    """Return whether the intake of backfill files pauses; ``before`` is the last result. This is no problem to report.

    Backfill is taken in portions: files in the inbox can still be withdrawn, and cost the server nothing.
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
        f"{gauges.queued:,} deliveries are in flight; the limit is {marks.queue_limit:,},"
        f" the intake resumes at {low:,.0f}"
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
        f" ({share:.0%}); the limit is {marks.memory_limit:.0%}, the intake resumes at {low:.0%}"
    )


def _disk(gauges: Gauges, marks: Marks, before: Mapping[Cause, str]) -> str | None:
    if not gauges.disks:
        return before.get(Cause.DISK)
    low = marks.disk_free_bytes * RESUME_DISK
    name, use = min(gauges.disks.items(), key=lambda item: item[1].writable)
    if use.writable >= (low if Cause.DISK in before else marks.disk_free_bytes):
        return None
    return (
        f"the disk of the {name} has {describe_room(use)}; the minimum is"
        f" {marks.disk_free_bytes // MEBIBYTE:,} MiB, the intake resumes at {low / MEBIBYTE:,.0f} MiB"
    )
