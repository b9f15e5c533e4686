"""The order in which a worker with several queues empties them."""

from __future__ import annotations

from kombu.utils.scheduling import priority_cycle

from copytaster.model.work import BACKGROUND

STRICT = f"{__name__}:QueuePriority"
"""What the transport option ``queue_order_strategy`` is to be set to."""

RANKS = {work.value: rank for rank, work in enumerate(BACKGROUND)}


class QueuePriority(priority_cycle):  # type: ignore[misc]  # kombu has no types
    """A queue is looked into only while all that are more urgent are empty.

    kombu's own ``priority`` takes the order of a set, which is none.
    """

    def consume(self, n: int) -> list[str]:
        """Return ``n`` names of queues, the most urgent first."""
        return sorted(self.items[:n], key=lambda name: RANKS.get(name, len(RANKS)))
