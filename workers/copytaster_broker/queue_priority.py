"""The order in which a worker reads several queues."""

from __future__ import annotations

from kombu.utils.scheduling import priority_cycle

from copytaster.model.work import BACKGROUND

STRICT = f"{__name__}:QueuePriority"
"""Value of the transport option ``queue_order_strategy`` for strict priorities."""

RANKS = {work.value: rank for rank, work in enumerate(BACKGROUND)}
"""Queues by urgency; 0 is the most urgent."""


class QueuePriority(priority_cycle):  # type: ignore[misc]  # kombu has no types
    """Reads a queue only while all more urgent ones are empty.

    kombu's own strategy ``priority`` uses the order of a set, which is arbitrary.
    """

    def consume(self, n: int) -> list[str]:
        """Return the names of ``n`` queues, the most urgent first."""
        return sorted(self.items[:n], key=lambda name: RANKS.get(name, len(RANKS)))
