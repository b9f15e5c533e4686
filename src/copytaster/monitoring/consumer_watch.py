"""Whether a worker's consumer hangs: alive, connected, and fetching nothing.

After a reconnect a consumer can wait for ever, for example on a connection of which the other end knows nothing. Its
process answers signals then, so that nothing but the lack of progress shows the fault.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from copytaster.clock import Clock
from copytaster.errors import TransientError
from copytaster.model.work import Queues, Work

LIMIT = timedelta(seconds=30)
"""Longest time without a sign of the loop, or without a task while messages wait. A reconnect takes up to 18 s."""

OLD = timedelta(seconds=5)
"""A worker that is idle fetches a message within milliseconds: one that is this old should have been fetched."""

EVERY = timedelta(seconds=5)
"""Time between two looks."""


@dataclass(slots=True)
class ConsumerWatch:
    """Compares what the worker does with what waits in its queues. ``clock`` is monotonic."""

    queues: Queues
    served: Sequence[Work]
    clock: Clock
    _well_at: datetime = field(init=False)
    _fetched_at: datetime = field(init=False)
    _looked_at: datetime = field(init=False)

    def __post_init__(self) -> None:
        """Begin now."""
        self._begin_again(self.clock.now())

    def find_fault(self, *, beat_at: datetime, is_busy: bool) -> str | None:
        """Return why the consumer hangs, None if it does not; to be called every ``EVERY``.

        ``beat_at`` is when the worker's loop last ran, ``is_busy`` is whether a task is being processed. Time in which
        the server does not answer or refuses changes, or in which this process itself was stopped, does not count.
        """
        now = self.clock.now()
        has_slept, self._looked_at = now - self._looked_at > 2 * EVERY, now
        try:
            oldest = max(self.queues.depth(work).oldest_seconds or 0.0 for work in self.served)
            self.queues.check_writes()
        except TransientError:
            self._begin_again(now)
            return None
        if has_slept:
            self._begin_again(now)
        if is_busy or oldest < OLD.total_seconds():
            self._fetched_at = now
        if now - max(beat_at, self._well_at) > LIMIT:
            return f"its loop has stood still for {LIMIT.total_seconds():.0f} s, although the server answers"
        if now - self._fetched_at > LIMIT:
            return (
                f"it has fetched nothing for {LIMIT.total_seconds():.0f} s, although a message waits for {oldest:.0f} s"
            )
        return None

    def _begin_again(self, now: datetime) -> None:
        self._well_at = self._fetched_at = self._looked_at = now
