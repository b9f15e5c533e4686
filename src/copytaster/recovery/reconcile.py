"""What makes the broker a mere wake-up call: work that is overdue in the ledger is sent again.

It covers lost messages, failed publishes, killed workers, servers that were restarted, and delayed retries. It runs
at start and every few seconds; several may run.
"""

from __future__ import annotations

from datetime import timedelta

import structlog

from copytaster.metrics import PipelineMetrics
from copytaster.model.work import Publisher, Queues, Work
from copytaster.store.ports.ledger import Ledger

log = structlog.get_logger(__name__)

NEXT_LOOK = timedelta(seconds=15)
"""What was sent again is overdue again after this time, if no worker begins it."""

PATIENCE = timedelta(minutes=5)
"""While a queue has messages, overdue work probably waits in it; work that is this late is sent again all the same."""

AT_ONCE = 1_000
"""Ids sent again in one go: more would sit in the queue and be overdue there."""


def reconcile(ledger: Ledger, queues: Queues, publisher: Publisher, metrics: PipelineMetrics) -> dict[Work, int]:
    """Send overdue work again and return how many ids of each kind.

    Raises ``TransientError`` when ledger or broker are away; the same work is overdue again after ``NEXT_LOOK``.
    """
    return {work: _republish(work, ledger, queues, publisher, metrics) for work in Work}


def _republish(work: Work, ledger: Ledger, queues: Queues, publisher: Publisher, metrics: PipelineMetrics) -> int:
    overdue_by = PATIENCE if queues.depth(work).length else timedelta(0)
    ids = ledger.take_overdue(work, overdue_by=overdue_by, postpone_by=NEXT_LOOK, limit=AT_ONCE)
    if ids:
        publisher.publish(work, ids)
        metrics.republished.labels(work.value).inc(len(ids))
        log.warning("work.republished", work=work.value, count=len(ids), ids=ids[:5])
    return len(ids)
