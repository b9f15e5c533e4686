"""Work that waits while the workers finish none of it, or while none takes its queue."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta

from copytaster.model.work import QueueDepth, Work
from copytaster.monitoring.problem import Problem
from copytaster.store.ports.ledger import Ledger
from copytaster.store.ports.presence import Heartbeat, Part

STALL = timedelta(seconds=60)
"""Work that is overdue for this long while no worker finishes anything is a stall. A task may take 60 s at most."""


def find_stalls(
    ledger: Ledger,
    parts: list[Heartbeat],
    depths: Sequence[QueueDepth],
    *,
    now: datetime,
    paused: AbstractSet[Work] = frozenset(),
) -> list[Problem]:
    """Return a problem for each kind of work that has waited long while none of its workers has finished anything.

    A stall shows in the ledger as overdue ids, and in the broker as old messages; ``depths`` may be empty. Work that no
    running worker takes is omitted, unless there is no worker at all.
    """
    workers = [each for each in parts if each.part is Part.WORKER]
    stalled = [work for work in Work if work not in paused and _stands_still(work, workers, now)]
    old = {each.name: each.length for each in depths if (each.oldest_seconds or 0) >= STALL.total_seconds()}
    waiting = {work: ledger.overdue(work, by=STALL) or old.get(work, 0) for work in stalled}
    return [_stalled(work, count) for work, count in waiting.items() if count]


def find_unattended(
    ledger: Ledger, parts: Sequence[Heartbeat], *, paused: AbstractSet[Work] = frozenset()
) -> list[Problem]:
    """Return a problem for each kind of work that waits while the running workers all take other kinds."""
    workers = [each for each in parts if each.part is Part.WORKER]
    waiting = [work for work in Work if workers and work not in paused]
    left = [work for work in waiting if not any(_is_there_for(work, each) for each in workers)]
    return [_unattended(work, count) for work in left if (count := ledger.waiting(work))]


def _is_there_for(work: Work, worker: Heartbeat) -> bool:
    """Return whether a worker takes this kind of work. A worker that lists no queues takes every kind."""
    queues = worker.details.get("queues")
    return queues is None or work.value in str(queues).split(",")


def _stands_still(work: Work, workers: Sequence[Heartbeat], now: datetime) -> bool:
    there = [each for each in workers if _is_there_for(work, each)]
    idle = all(now - (each.progress_at or each.started_at) > STALL for each in there)
    return idle and (bool(there) or not workers)


def _unattended(work: Work, count: int) -> Problem:
    return Problem(
        code=f"unattended_{work.value}",
        message=f"{count} ids wait for {work.value}, and no running worker takes that queue;"
        f" start one with `copytaster worker --queue {work.value}`",
    )


def _stalled(work: Work, count: int) -> Problem:
    return Problem(
        code=f"stalled_{work.value}",
        message=f"{count} ids have waited for {work.value} for more than {STALL.total_seconds():.0f} s,"
        " and no worker has finished anything in that time; restart the workers",
    )
