"""Observes a system after a fault until all work is done, nothing changes, or it is idle with deliveries missing."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.chaos.tree import Tree
from copytaster.errors import TransientError
from copytaster.model.work import Work

STILL_SECONDS = 90.0
"""A system with remaining work in which nothing has changed for this time is stuck.

Leases, retries and runs of the reconciler take seconds; the rest allows for a busy machine.
"""

AT_REST_SECONDS = 25.0
"""Missing deliveries count as lost after a system without work has been idle for this time."""

POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The ledger at one moment: deliveries in flight and ended, and the number of due times of all kinds of work."""

    in_flight: int
    ended: int
    waiting: int


@dataclass(slots=True)
class Times:
    """Seconds from a fault's end to the next ended delivery, the end of all and the tags of all; None: not reached."""

    ended_before: int
    next_end: float | None = None
    ended: float | None = None
    through: float | None = None

    def note(self, seconds: float, snapshot: Snapshot, *, expected: int, left: Callable[[], object]) -> None:
        """Record the times that this snapshot reaches; ``left`` returns the files that remain in the inbox."""
        if self.next_end is None and snapshot.ended > self.ended_before:
            self.next_end = seconds
        if self.ended is None and snapshot.ended >= expected and not snapshot.in_flight:
            self.ended = seconds
        if self.ended is not None and not snapshot.waiting and not left():
            self.through = seconds


def take_snapshot(tree: Tree) -> Snapshot | None:
    """Return the ledger's state; None while the server is unreachable."""
    ledger = tree.store.ledger
    try:
        balance, waiting = ledger.balance(), sum(ledger.waiting(work) for work in Work)
    except TransientError:
        return None
    return Snapshot(balance.in_flight, sum(balance.dispositions.values()), waiting)


def follow(tree: Tree, *, over: float, expected: int) -> Times:
    """Watch until ``expected`` deliveries have ended and nothing is due, or nothing changes for too long.

    ``over`` is when the fault ended, by the monotonic clock. Parts that die meanwhile are started again.
    """
    last, changed = take_snapshot(tree), time.monotonic()
    times = Times(last.ended if last else 0)
    while times.through is None and not _is_finished_or_stuck(tree, last, time.monotonic() - changed):
        tree.revive()
        snapshot = take_snapshot(tree)
        if snapshot != last:
            last, changed = snapshot, time.monotonic()
        if snapshot:
            times.note(round(time.monotonic() - over, 2), snapshot, expected=expected, left=tree.remaining)
        time.sleep(POLL_SECONDS)
    return times


def _is_finished_or_stuck(tree: Tree, snapshot: Snapshot | None, seconds: float) -> bool:
    if seconds < AT_REST_SECONDS:
        return False
    idle = snapshot is not None and not snapshot.in_flight and not snapshot.waiting
    return seconds > STILL_SECONDS or (idle and not tree.remaining())
