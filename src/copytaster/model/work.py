"""The kinds of work, and the port for publishing it to the workers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from copytaster.model.article import Document


class Work(StrEnum):
    """A kind of work; also the name of its queue.

    Its ids are delivery ids for ``ingest``, ``backfill`` (old files, after the live ones) and ``suspect`` (files that
    may have killed their worker, one at a time in separate processes); article ids for ``tag`` and ``retag`` (tagging
    of low priority, for example of articles from the backfill).
    """

    INGEST = "ingest"
    TAG = "tag"
    RETAG = "retag"
    SUSPECT = "suspect"
    BACKFILL = "backfill"


LANES = (Work.INGEST, Work.SUSPECT, Work.BACKFILL)
"""The lanes of deliveries: each delivery is in one of them."""

TAGGING_QUEUES = {Work.INGEST: Work.TAG, Work.SUSPECT: Work.TAG, Work.BACKFILL: Work.RETAG}
"""The queue for the tagging of articles, by the lane of their delivery."""

FOREGROUND = (Work.INGEST, Work.TAG, Work.RETAG)
BACKGROUND = (Work.SUSPECT, Work.BACKFILL)
"""The queues of the main workers and of the background worker in ``up`` and the compose file, most urgent first."""


FIRST_DUE = timedelta(seconds=10)
"""When work that was published but not begun is published again; a message usually takes milliseconds."""

DUE_HORIZON = timedelta(minutes=15)
"""The farthest due time; the latest that is set is ten minutes ahead, for files that were refused unread.

Later due times are treated as overdue: they come from a clock that was set back. So are the ends of leases, which are
shorter.
"""


def is_ahead(moment: datetime, now: datetime) -> bool:
    """Return whether a due time, or the end of a lease, is in the future, and not from a clock that was set back."""
    return now < moment <= now + DUE_HORIZON


HELD_DUE = timedelta(minutes=1)
"""When the reconciler releases held deliveries, unless the rebuild that held them releases some before: it has died.

A rebuild releases the next ones after thirty seconds at most.
"""


class Publisher(Protocol):
    """Notifies workers of work that is due in the ledger already."""

    def publish(self, work: Work, ids: Sequence[str], *, of: Mapping[str, str] | None = None) -> None:
        """Send the ids, a bounded number in each message.

        ``of`` are the deliveries of articles, by their ids: they go with the message, for logs and traces.

        Raises ``TransientError`` if the broker does not accept them; nothing is lost, because they are still due.
        """
        ...


class QueueDepth(Document):
    """The depth of a broker queue: messages not fetched yet, messages fetched and not acknowledged.

    ``oldest_seconds`` is the age of the oldest message, null if the queue is empty.
    """

    name: Work
    length: int
    unacknowledged: int
    oldest_seconds: float | None


class Queues(Protocol):
    """Measures the broker's queues."""

    def depth(self, work: Work) -> QueueDepth:
        """Return the depth of the queue for ``work``. Raises ``TransientError`` if the broker does not answer."""
        ...

    def check_writes(self) -> None:
        """Raise ``ChangesRefusedError`` if the broker refuses changes; nothing is changed.

        A worker cannot fetch messages then. Raises ``TransientError`` if it does not answer.
        """
        ...


class RecordingPublisher:
    """Records what is published, in order, for tests and dry runs."""

    def __init__(self) -> None:
        self.published: list[tuple[Work, str]] = []

    def publish(self, work: Work, ids: Sequence[str], *, of: Mapping[str, str] | None = None) -> None:
        """Record each id."""
        del of
        self.published.extend((work, each) for each in ids)


class EmptyQueues:
    """A broker whose queues are always empty, for tests."""

    def depth(self, work: Work) -> QueueDepth:
        """Return the depth of an empty queue."""
        return QueueDepth(name=work, length=0, unacknowledged=0, oldest_seconds=None)

    def check_writes(self) -> None:
        """Accept changes."""
