"""The queue ``ingest``: each delivery is claimed, counted, ended and recorded on its own."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from copytaster.article import ArticleId
from copytaster.delivery import Delivery, DeliveryId, Outcome
from copytaster.deps import Deps
from copytaster.disposition import Disposition, Reason
from copytaster.errors import PermanentError, RefusedError, TransientError
from copytaster.intake.intake import report_of
from copytaster.pipeline.items import settle_items
from copytaster.pipeline.settle import known_bytes
from copytaster.work import Work

log = structlog.get_logger(__name__)

LONGEST_DELAY = timedelta(minutes=5)
"""Delays double, but nobody waits longer than this for a disk that is free again."""


TRUSTED_ATTEMPTS = 2
"""Attempts in the worker's own process; a file that has been begun twice and not ended may have killed it twice."""


def ingest(delivery_ids: Sequence[str], *, deps: Deps, until: datetime) -> list[str]:
    """Bring each delivery to its end, as far as it is due and nobody else has it.

    Returns the ids that were not begun because it is later than ``until``; they are still due. Raises
    ``TransientError`` when the ledger is away; everything that has not ended is due again by itself.
    """
    run = f"{deps.owner}/{secrets.token_hex(4)}"
    for position, each in enumerate(delivery_ids):
        if deps.clock.now() > until:
            return list(delivery_ids[position:])
        with structlog.contextvars.bound_contextvars(delivery_id=each):
            _ingest_one(DeliveryId(each), deps, run)
    return []


def _ingest_one(delivery_id: DeliveryId, deps: Deps, run: str) -> None:
    ledger = deps.store.ledger
    lease = ledger.begin(delivery_id, owner=run, lease=deps.policy.lease)
    delivery = ledger.get(delivery_id) if lease else None
    if lease is None or delivery is None:
        log.debug("delivery.skipped", why="unknown, settled, or another worker has it")
        return
    try:
        if lease.attempt > deps.policy.max_attempts:
            _give_up(delivery, deps, run)
        else:
            _end(delivery, _work(delivery, deps, lease.attempt), deps, run)
    except TransientError as error:
        _postpone(delivery, str(error), deps, run)
    # A fault of ours in one file must not take its neighbours along; the attempt is counted, so it ends in quarantine.
    except Exception as error:
        log.exception("delivery.failed", path=delivery.path, attempt=lease.attempt)
        _postpone(delivery, f"{type(error).__name__}: {error}", deps, run)


def _work(delivery: Delivery, deps: Deps, attempt: int) -> Outcome:
    """Parse, deduplicate and store; return how the delivery ends."""
    try:
        if attempt <= TRUSTED_ATTEMPTS:
            return _process(delivery, deps)
        log.warning("delivery.suspect", path=delivery.path, attempt=attempt, next="it runs in a process of its own")
        return deps.isolation.run(lambda: _process(delivery, deps), about=delivery.path)
    except PermanentError as error:
        refused = isinstance(error, RefusedError)
        end = Disposition.REJECTED if refused else Disposition.QUARANTINED
        return Outcome(disposition=end, reason=error.reason, message=error.message)


def _process(delivery: Delivery, deps: Deps) -> Outcome:
    if delivery.sha256 is None:
        message = f"{delivery.path} was never archived: its watcher died at the door"
        raise PermanentError(Reason.ORIGINAL_MISSING, message)
    known = known_bytes(delivery, delivery.sha256, deps)
    if known:
        return known
    content = deps.archive.get(delivery.sha256)
    return settle_items(delivery, content, deps)


def _end(delivery: Delivery, outcome: Outcome, deps: Deps, run: str) -> None:
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
        _wake(outcome.to_tag, deps)


def _wake(article_ids: Sequence[ArticleId], deps: Deps) -> None:
    try:
        deps.publisher.publish(Work.TAG, article_ids)
    except TransientError as error:
        log.warning("tagging.not_published", why=str(error), next="the reconciler sends it again")


def _give_up(delivery: Delivery, deps: Deps, run: str) -> None:
    tried = deps.policy.max_attempts
    message = f"{delivery.path} was begun {tried} times and never ended; the last words are in the timeline"
    outcome = Outcome(disposition=Disposition.QUARANTINED, reason=Reason.ATTEMPTS_EXHAUSTED, message=message)
    _end(delivery, outcome, deps, run)


def _quarantine(delivery: Delivery, outcome: Outcome, deps: Deps) -> None:
    if delivery.sha256 is None:
        return
    try:
        content = deps.archive.get(delivery.sha256)
    except PermanentError as error:  # there is no file to keep, and asking again would not bring it back
        log.warning("quarantine.without_file", path=delivery.path, why=error.message)
        return
    deps.quarantine.keep_content(content, path=delivery.path, report=report_of(delivery, outcome, deps.clock))


def _postpone(delivery: Delivery, why: str, deps: Deps, run: str) -> None:
    delay = min(deps.policy.delay_after(delivery.attempts), LONGEST_DELAY)
    deps.store.ledger.postpone(delivery.id, owner=run, due_in=delay, why=why)
    deps.metrics.postponed.labels(Work.INGEST.value).inc()
    log.warning(
        "delivery.postponed", path=delivery.path, attempt=delivery.attempts, seconds=delay.total_seconds(), why=why
    )
