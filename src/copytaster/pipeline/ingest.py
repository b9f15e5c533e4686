"""Ingestion: lease a delivery, count the attempt, parse, deduplicate, store, and settle the delivery."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime

import structlog

from copytaster.errors import OutOfTimeError, PermanentError, RefusedError, TransientError
from copytaster.intake.file_intake import report_of
from copytaster.model.delivery import Delivery, DeliveryId, Outcome
from copytaster.model.disposition import Disposition, Reason
from copytaster.model.retry_policy import MOST_FAULTS, RULES, failure_of
from copytaster.model.work import TAGGING_QUEUES, Work
from copytaster.pipeline.dependencies import Dependencies
from copytaster.pipeline.items import Slice
from copytaster.pipeline.resolve import known_bytes
from copytaster.store.ports.ledger import Lease

log = structlog.get_logger(__name__)


def ingest(delivery_ids: Sequence[str], *, deps: Dependencies, until: datetime, lane: Work = Work.INGEST) -> list[str]:
    """Process each delivery that is due and that no other worker has leased.

    Each delivery is leased, counted, settled and recorded separately. Returns the ids that were not begun because the
    time is past ``until``; they are still due. Raises ``TransientError`` when the ledger does not answer; every
    unsettled delivery becomes due again.
    """
    run = f"{deps.owner}/{secrets.token_hex(4)}"
    for position, each in enumerate(delivery_ids):
        if deps.clock.now() > until:
            return list(delivery_ids[position:])
        with structlog.contextvars.bound_contextvars(delivery_id=each):
            _ingest_one(DeliveryId(each), deps, run, lane)
    return []


def _ingest_one(delivery_id: DeliveryId, deps: Dependencies, run: str, lane: Work) -> None:
    ledger = deps.store.ledger
    lease = ledger.begin(delivery_id, owner=run, lease=deps.policy.lease, lane=lane)
    delivery = ledger.get(delivery_id) if lease else None
    if lease is None or delivery is None:
        log.debug("delivery.skipped", why="unknown, settled, a suspect, or another worker has it")
        return
    try:
        outcome = _exhausted(delivery, lease, deps) or _work(delivery, deps, run)
        _end(delivery, outcome, deps, run)
    except OutOfTimeError as pause:
        _pause(delivery, str(pause), deps, run)
    # A program fault over one file must not stop the other files; the attempts are counted, so it ends in quarantine.
    except Exception as error:  # noqa: BLE001  # anything but an outage is logged with its traceback
        _postpone(delivery, error, deps, run)


def _work(delivery: Delivery, deps: Dependencies, run: str) -> Outcome:
    """Parse, deduplicate and store; return the outcome of the delivery."""
    try:
        if delivery.lane is Work.SUSPECT:
            log.warning("delivery.suspect", path=delivery.path, faults=delivery.faults, next="it is processed alone")
        return _process(delivery, deps, run)
    except PermanentError as error:
        refused = isinstance(error, RefusedError)
        end = Disposition.REJECTED if refused else Disposition.QUARANTINED
        return Outcome(disposition=end, reason=error.reason, message=error.message)


def _process(delivery: Delivery, deps: Dependencies, run: str) -> Outcome:
    if delivery.sha256 is None:
        message = f"{delivery.path} was never archived: its watcher died during the intake"
        raise PermanentError(Reason.ORIGINAL_MISSING, message)
    if delivery.progress is None and (known := known_bytes(delivery, delivery.sha256, deps)):
        return known
    return Slice(delivery, delivery.sha256, run, deps).settle()


def _pause(delivery: Delivery, why: str, deps: Dependencies, run: str) -> None:
    """Interrupt a long delivery, so that live deliveries are processed before the rest of its items."""
    deps.store.ledger.pause(delivery.id, owner=run, why=why)
    log.info("delivery.paused", path=delivery.path, why=why)
    _wake(Work.SUSPECT if delivery.lane is Work.SUSPECT else Work.BACKFILL, [delivery.id], deps)


def _end(delivery: Delivery, outcome: Outcome, deps: Dependencies, run: str) -> None:
    if outcome.disposition.keeps_file:
        _quarantine(delivery, outcome, deps)
    if not deps.store.ledger.settle(delivery.id, outcome, by=run):
        return
    deps.metrics.settled.labels(outcome.disposition.value, outcome.reason or "").inc()
    log.info(
        "delivery.settled",
        path=delivery.path,
        disposition=outcome.disposition.value,
        reason=outcome.reason,
        articles=list(outcome.article_ids),
        attempt=delivery.attempts,
    )
    if outcome.to_tag:
        _wake(TAGGING_QUEUES[delivery.lane], outcome.to_tag, deps)


def _wake(work: Work, ids: Sequence[str], deps: Dependencies) -> None:
    try:
        deps.publisher.publish(work, ids)
    except TransientError as error:
        log.warning("work.not_published", work=work.value, why=str(error), next="the reconciler sends it again")


def _exhausted(delivery: Delivery, lease: Lease, deps: Dependencies) -> Outcome | None:
    """Return the outcome of a delivery that has used up its attempts or its faults, else None."""
    attempts = lease.attempt - 1
    if attempts < deps.policy.max_attempts and lease.faults < MOST_FAULTS:
        return None
    message = (
        f"{delivery.path} was begun {attempts} times and never ended ({lease.faults} times by a fault or a worker's"
        " death); the timeline has the errors"
    )
    return Outcome(disposition=Disposition.QUARANTINED, reason=Reason.ATTEMPTS_EXHAUSTED, message=message)


def _quarantine(delivery: Delivery, outcome: Outcome, deps: Dependencies) -> None:
    if delivery.sha256 is None:
        return
    try:
        with deps.archive.open(delivery.sha256) as content:
            deps.quarantine.add_content(content, path=delivery.path, report=report_of(delivery, outcome, deps.clock))
    except PermanentError as error:  # the archive does not have the file, and a retry would not change that
        log.warning("quarantine.without_file", path=delivery.path, why=error.message)


def _postpone(delivery: Delivery, error: Exception, deps: Dependencies, run: str) -> None:
    fault = RULES[failure_of(error)].is_fault
    why = f"{type(error).__name__}: {error}" if fault else str(error)
    if fault:
        log.error("delivery.failed", path=delivery.path, attempt=delivery.attempts, exc_info=error)
    delay = deps.policy.backoff.after(delivery.attempts)
    deps.store.ledger.postpone(delivery.id, owner=run, due_in=delay, why=why, fault=fault)
    deps.metrics.postponed.labels(delivery.lane.value).inc()
    log.warning(
        "delivery.postponed", path=delivery.path, attempt=delivery.attempts, seconds=delay.total_seconds(), why=why
    )
