"""Watches a system after a fault until it is through, stands still, or has come to rest with something missing."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.chaos.tree import Tree
from copytaster.errors import TransientError
from copytaster.model.work import Work

STILL_SECONDS = 90.0
"""A system in which nothing has changed for so long, although something is left to do, is stuck.

Leases, retries and looks of the reconciler take seconds; the rest is for a busy machine.
"""

AT_REST_SECONDS = 25.0
"""So long a system may do nothing, with nothing left to do, before what has not appeared counts as lost."""

LOOK_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Look:
    """The ledger at one moment: deliveries in flight and ended, and what has a due time, of either kind of work."""

    in_flight: int
    ended: int
    waiting: int


@dataclass(slots=True)
class Times:
    """Seconds from a fault's end to the next delivery that ended, all that ended, all tagged; None: it did not come."""

    ended_before: int
    next_end: float | None = None
    ended: float | None = None
    through: float | None = None

    def note(self, seconds: float, look: Look, *, expected: int, left: Callable[[], object]) -> None:
        """Take down what came true with this look; ``left`` says what still lies in the inbox."""
        if self.next_end is None and look.ended > self.ended_before:
            self.next_end = seconds
        if self.ended is None and look.ended >= expected and not look.in_flight:
            self.ended = seconds
        if self.ended is not None and not look.waiting and not left():
            self.through = seconds


def look_at(tree: Tree) -> Look | None:
    """Return what the ledger says; None while the server is away."""
    ledger = tree.store.ledger
    try:
        balance, waiting = ledger.balance(), sum(ledger.waiting(work) for work in Work)
    except TransientError:
        return None
    return Look(balance.in_flight, sum(balance.dispositions.values()), waiting)


def follow(tree: Tree, *, over: float, expected: int) -> Times:
    """Watch until ``expected`` deliveries have ended and nothing is due, or nothing changes for too long.

    ``over`` is when the fault ended, by the monotonic clock. Parts that die meanwhile are started again.
    """
    last, changed = look_at(tree), time.monotonic()
    times = Times(last.ended if last else 0)
    while times.through is None and not _stands_still(tree, last, time.monotonic() - changed):
        tree.revive()
        look = look_at(tree)
        if look != last:
            last, changed = look, time.monotonic()
        if look:
            times.note(round(time.monotonic() - over, 2), look, expected=expected, left=tree.left)
        time.sleep(LOOK_SECONDS)
    return times


def _stands_still(tree: Tree, look: Look | None, seconds: float) -> bool:
    if seconds < AT_REST_SECONDS:
        return False
    idle = look is not None and not look.in_flight and not look.waiting
    return seconds > STILL_SECONDS or (idle and not tree.left())
