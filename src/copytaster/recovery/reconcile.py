"""The reconciler: publishes again the work that is overdue in the ledger, so that the broker may lose messages.

It covers lost messages, failed publishes, killed workers, restarted servers, and delayed retries. It runs at start and
every few seconds; several may run at once.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import timedelta

import structlog

from copytaster.metrics import WatcherMetrics
from copytaster.model.work import FIRST_DUE, Publisher, Queues, Work
from copytaster.store.ports.ledger import Ledger

log = structlog.get_logger(__name__)

NEXT_LOOK = timedelta(seconds=15)
"""Published work becomes overdue again after this time, unless a worker begins it."""

PATIENCE = timedelta(minutes=5)
"""While a queue has messages, overdue work probably waits in it; work that is this late is published in any case."""

AT_ONCE = 1_000
"""Ids published in one pass: more would become overdue in the queue."""

HELD_AT_ONCE = 20
HELD_EVERY = timedelta(seconds=2)
"""If the process of a rebuild has died, its deliveries are released in groups of this size and at this interval.

A group is settled within the interval, so that the order of receipt is kept: two workers take 120 ms for twenty.
"""

MAY_WAIT = {Work.BACKFILL, Work.RETAG}
"""Work that waits for all other work, so that it is late by design."""


def reconcile(
    ledger: Ledger,
    queues: Queues,
    publisher: Publisher,
    metrics: WatcherMetrics,
    *,
    paused: AbstractSet[Work] = frozenset(),
) -> dict[Work, int]:
    """Publish overdue work again and return the number of ids by kind of work.

    Publishes also the next deliveries of a rebuild whose process has died, in the order of receipt. Work of ``paused``
    queues stays overdue until they are resumed.

    Raises ``TransientError`` when ledger or broker do not answer; the same work is overdue again after ``NEXT_LOOK``.
    """
    running = [work for work in Work if work not in paused]
    republished = dict.fromkeys(Work, 0)
    republished |= {work: _republish(work, ledger, queues, publisher, metrics) for work in running}
    # While the queue has messages, the group before may wait in it: a worker could begin this one first.
    if Work.INGEST in running and not queues.depth(Work.INGEST).length:
        held = ledger.take_held(limit=HELD_AT_ONCE, due_in=FIRST_DUE, next_in=HELD_EVERY)
        publisher.publish(Work.INGEST, held)
    return republished


def _republish(work: Work, ledger: Ledger, queues: Queues, publisher: Publisher, metrics: WatcherMetrics) -> int:
    overdue_by = PATIENCE if queues.depth(work).length else timedelta(0)
    ids = ledger.take_overdue(work, overdue_by=overdue_by, postpone_by=NEXT_LOOK, limit=AT_ONCE)
    if ids:
        publisher.publish(work, ids)
        metrics.republished.labels(work.value).inc(len(ids))
        _log(work, ids, late=overdue_by > timedelta(0))
    return len(ids)


def _log(work: Work, ids: list[str], *, late: bool) -> None:
    """Log a warning if work is late although its queue has messages: the workers are too slow or have stopped."""
    fields = {"work": work.value, "count": len(ids), "ids": ids[:5]}
    if late and work not in MAY_WAIT:
        log.warning("work.republished", **fields, why=f"it has waited for {PATIENCE}, though its queue has messages")
    else:
        log.info("work.republished", **fields)
