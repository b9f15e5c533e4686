"""The reconciler: publishes again the work that is overdue in the ledger, so that the broker may lose messages.

It covers lost messages, failed publishes, killed workers, restarted servers, and delayed retries. It runs at start and
every few seconds; several may run at once.
"""

from __future__ import annotations

from datetime import timedelta

import structlog

from copytaster.metrics import PipelineMetrics
from copytaster.model.work import Publisher, Queues, Work
from copytaster.store.ports.ledger import Ledger

log = structlog.get_logger(__name__)

NEXT_LOOK = timedelta(seconds=15)
"""Published work becomes overdue again after this time, unless a worker begins it."""

PATIENCE = timedelta(minutes=5)
"""While a queue has messages, overdue work probably waits in it; work that is this late is published in any case."""

AT_ONCE = 1_000
"""Ids published in one pass: more would become overdue in the queue."""

MAY_WAIT = {Work.BACKFILL, Work.RETAG}
"""Work that waits for all other work, so that it is late by design."""


def reconcile(ledger: Ledger, queues: Queues, publisher: Publisher, metrics: PipelineMetrics) -> dict[Work, int]:
    """Publish overdue work again and return the number of ids by kind of work.

    Raises ``TransientError`` when ledger or broker do not answer; the same work is overdue again after ``NEXT_LOOK``.
    """
    return {work: _republish(work, ledger, queues, publisher, metrics) for work in Work}


def _republish(work: Work, ledger: Ledger, queues: Queues, publisher: Publisher, metrics: PipelineMetrics) -> int:
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
