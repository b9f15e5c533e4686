"""The kinds of work, and the wake-up call that sets it going."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Protocol

from copytaster.model.article import Document


class Work(StrEnum):
    """A kind of work; also the name of its queue.

    Ids are delivery ids for ``ingest``, ``backfill`` (old files: behind the live ones) and ``suspect`` (files that may
    have killed their worker: one at a time, in processes of their own); article ids for ``tag`` and ``retag`` (tagging
    that may wait: of what came by backfill).
    """

    INGEST = "ingest"
    TAG = "tag"
    RETAG = "retag"
    SUSPECT = "suspect"
    BACKFILL = "backfill"


LANES = (Work.INGEST, Work.SUSPECT, Work.BACKFILL)
"""The kinds of work that deliveries wait for: each delivery is in one of them."""

TAGGING = {Work.INGEST: Work.TAG, Work.SUSPECT: Work.TAG, Work.BACKFILL: Work.RETAG}
"""In which queue the tagging of what a lane brought waits."""

FOREGROUND = (Work.INGEST, Work.TAG, Work.RETAG)
BACKGROUND = (Work.SUSPECT, Work.BACKFILL)
"""What ``up`` and the compose file give to the workers, and to the one worker behind them, the more urgent first."""


FIRST_DUE = timedelta(seconds=10)
"""When the reconciler sends work again that was published and not begun; a message usually takes milliseconds."""

FARTHEST = timedelta(minutes=15)
"""No due time is set further ahead, the ten minutes of what was refused at the door being the most.

What lies beyond was set by a clock that has been set back since, and counts as passed.
"""


class Publisher(Protocol):
    """Wakes a worker for work that the ledger already knows to be due."""

    def publish(self, work: Work, ids: Sequence[str]) -> None:
        """Send the ids, in messages of a bounded number.

        Raises ``TransientError`` when the broker does not take them; nothing is lost then, they are still due.
        """
        ...


class QueueDepth(Document):
    """A broker queue: messages not yet fetched, messages fetched and unacknowledged, seconds the oldest has waited.

    ``oldest_seconds`` is null when nothing waits.
    """

    name: Work
    length: int
    unacknowledged: int
    oldest_seconds: float | None


class Queues(Protocol):
    """Looks into the broker."""

    def depth(self, work: Work) -> QueueDepth:
        """Return the depth of the queue for ``work``. Raises ``TransientError`` when the broker is away."""
        ...


class RecordingPublisher:
    """Remembers what was published, in order: the fake for tests and dry runs."""

    def __init__(self) -> None:
        self.published: list[tuple[Work, str]] = []

    def publish(self, work: Work, ids: Sequence[str]) -> None:
        """Remember each id."""
        self.published.extend((work, each) for each in ids)


class EmptyQueues:
    """A broker in which nothing ever waits: the fake for tests of what happens then."""

    def depth(self, work: Work) -> QueueDepth:
        """Return a depth of nothing."""
        return QueueDepth(name=work, length=0, unacknowledged=0, oldest_seconds=None)
