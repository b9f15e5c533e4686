"""Ingestion: lease a delivery, count the attempt, parse, deduplicate, store, and settle the delivery."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from copytaster.errors import OutOfTimeError, PermanentError, ProcessKilledError, RefusedError, TransientError
from copytaster.intake.file_intake import report_of
from copytaster.metrics import Step
from copytaster.model.article import ArticleId
from copytaster.model.delivery import Delivery, DeliveryId, Outcome
from copytaster.model.disposition import Disposition, Reason
from copytaster.model.outage import Wait
from copytaster.model.retry_policy import RULES, Failure, failure_of, missing_resource
from copytaster.model.tracing import Span, trace_id
from copytaster.model.work import TAGGING_QUEUES, Work
from copytaster.pipeline.dependencies import Dependencies
from copytaster.pipeline.items import Slice
from copytaster.pipeline.resolve import OWNERS, known_bytes
from copytaster.pipeline.sources import seen
from copytaster.pipeline.together import MAX_TOGETHER, Together
from copytaster.store.ports.ledger import Lease

log = structlog.get_logger(__name__)


PUBLISH_EVERY = timedelta(seconds=0.5)
"""Articles to be tagged wait at most this long for a common message: a batch of plain texts takes a tenth of it."""


@dataclass(slots=True)
class _Batch:
    """The deliveries of one message. ``run`` owns their leases; the articles ``to_tag`` are not published yet.

    ``began_at`` is when the work on the deliveries that are processed now began, ``delivery_of`` is by article.
    """

    run: str
    publish_at: datetime
    began_at: datetime
    delivery_of: dict[str, str] = field(default_factory=dict)
    to_tag: defaultdict[Work, list[ArticleId]] = field(default_factory=lambda: defaultdict(list))


def ingest(delivery_ids: Sequence[str], *, deps: Dependencies, until: datetime, lane: Work = Work.INGEST) -> list[str]:
    """Process each delivery that is due and that no other worker has leased: plain files together, then the others.

    Each delivery is leased, counted, settled and recorded separately; the articles to be tagged are published together.
    Returns the ids that were not begun because the time is past ``until``; they are still due. Raises
    ``TransientError`` when the ledger does not answer; every unsettled delivery becomes due again.
    """
    deps.unreported.report(deps.store.ledger)
    now = deps.clock.now()
    batch = _Batch(f"{deps.owner}/{secrets.token_hex(4)}", publish_at=now + PUBLISH_EVERY, began_at=now)
    ids = list(dict.fromkeys(map(DeliveryId, delivery_ids)))
    try:
        for start in range(0, len(ids), MAX_TOGETHER):
            if deps.clock.now() > until:
                return [*ids[start:]]
            alone = _ingest_together(ids[start : start + MAX_TOGETHER], deps, batch, lane)
            if unbegun := _ingest_each(alone, deps, batch, until=until, lane=lane):
                return [*unbegun, *ids[start + MAX_TOGETHER :]]
        return []
    finally:
        _publish_taggings(batch, deps)


def _ingest_together(ids: list[DeliveryId], deps: Dependencies, batch: _Batch, lane: Work) -> list[DeliveryId]:
    """Process those of the deliveries that can be processed together, and return those that wait for their turn alone.

    After a fault nobody knows which delivery has caused it. Each is published in a message of its own: if they were
    processed here, or published together, one that uses up the time of a task would do so again and again.
    """
    if len(ids) == 1 or lane is Work.SUSPECT:
        return ids
    together, has_failed = Together(batch.run, deps), False
    try:
        alone = together.begin(ids)
        try:
            for outcomes in together.outcomes():
                _settle_together(outcomes, together, deps, batch, lane)
        except Exception as error:
            if has_failed := RULES[failure_of(error)].is_fault:
                log.exception("deliveries.failed_together", next="each of them is processed alone")
        given = together.give_back()
    except TransientError as error:  # as in ``_ingest_one``
        for each in together.held or ids:
            deps.unreported.add(each, batch.run, str(error))
        raise
    if has_failed:
        for each in (each for each in ids if each in given):
            _wake(lane, [each], deps)
        return [each for each in ids if each in alone]
    return [each for each in ids if each in alone or each in given]


def _settle_together(
    outcomes: Mapping[DeliveryId, Outcome], together: Together, deps: Dependencies, batch: _Batch, lane: Work
) -> None:
    deliveries = [together.held[each] for each in outcomes]
    deps.metrics.attempts.labels(lane.value).inc(len(outcomes))  # what is given back is no attempt
    settled = together.settle(outcomes)
    for each in deliveries:
        if each.id in settled:
            _report_settled(each, outcomes[each.id], deps, batch)
    if deps.clock.now() >= batch.publish_at:
        _publish_taggings(batch, deps)


def _ingest_each(
    ids: Sequence[DeliveryId], deps: Dependencies, batch: _Batch, *, until: datetime, lane: Work
) -> Sequence[DeliveryId]:
    """Process one delivery after another, and return those that were not begun because the time is past ``until``."""
    for position, each in enumerate(ids):
        if deps.clock.now() > until:
            return ids[position:]
        with structlog.contextvars.bound_contextvars(delivery_id=each):
            _ingest_one(each, deps, batch, lane)
        if deps.clock.now() >= batch.publish_at:
            _publish_taggings(batch, deps)
    return []


def _publish_taggings(batch: _Batch, deps: Dependencies) -> None:
    for work, article_ids in batch.to_tag.items():
        _wake(work, article_ids, deps, of=batch.delivery_of)
    batch.to_tag.clear()
    batch.delivery_of.clear()
    batch.publish_at = deps.clock.now() + PUBLISH_EVERY


def _ingest_one(delivery_id: DeliveryId, deps: Dependencies, batch: _Batch, lane: Work) -> None:
    try:
        _attempt(delivery_id, deps, batch, lane)
    except TransientError as error:  # the ledger does not answer, so it does not know how the attempt ended
        deps.unreported.add(delivery_id, batch.run, str(error))
        raise


def _attempt(delivery_id: DeliveryId, deps: Dependencies, batch: _Batch, lane: Work) -> None:
    lease = deps.store.ledger.begin(delivery_id, owner=batch.run, lease=deps.policy.lease, lane=lane)
    if lease is None or (delivery := lease.delivery) is None:
        log.debug("delivery.skipped", why="unknown, settled, a suspect, or another worker has it")
        return
    deps.metrics.attempts.labels(lane.value).inc()
    batch.began_at = deps.clock.now()
    try:
        outcome = _exhausted(delivery, lease, deps) or _work(delivery, deps, batch.run)
        if outcome.disposition.keeps_file:
            _quarantine(delivery, outcome, deps)
        _settle(delivery, outcome, deps, batch)
    except OutOfTimeError as pause:
        _pause(delivery, str(pause), deps, batch.run)
    # A program fault over one file must not stop the other files; the attempts are counted, so it ends in quarantine.
    except Exception as error:  # noqa: BLE001  # anything but an outage is logged with its traceback
        _postpone(delivery, error, deps, batch)


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
    except ProcessKilledError as error:
        if delivery.faults + 1 < deps.policy.max_attempts:
            raise
        message = f"{delivery.path}: {error} It happened again when the file was processed alone."
        return Outcome(disposition=Disposition.QUARANTINED, reason=Reason.PARSER_CRASH, message=message)


def _process(delivery: Delivery, deps: Dependencies, run: str) -> Outcome:
    if delivery.sha256 is None:
        message = f"{delivery.path} was never archived: its watcher died during the intake"
        raise PermanentError(Reason.ORIGINAL_MISSING, message)
    found = deps.store.known_files.find(delivery.sha256)
    earlier = deps.store.ledger.get(found) if found and found != delivery.id else None
    if earlier and delivery.progress is None and (known := known_bytes(earlier, delivery, delivery.sha256, deps)):
        return known
    outcome = Slice(delivery, delivery.sha256, run, deps).settle()
    if earlier and outcome.disposition in OWNERS:
        deps.store.known_files.note(delivery)
    return outcome


def _pause(delivery: Delivery, why: str, deps: Dependencies, run: str) -> None:
    """Interrupt a long delivery, so that live deliveries are processed before the rest of its items."""
    deps.store.ledger.pause(delivery.id, owner=run, why=why)
    log.info("delivery.paused", path=delivery.path, why=why)
    _wake(Work.SUSPECT if delivery.lane is Work.SUSPECT else Work.BACKFILL, [delivery.id], deps)


def _settle(delivery: Delivery, outcome: Outcome, deps: Dependencies, batch: _Batch) -> None:
    if deps.store.ledger.settle(delivery.id, seen(delivery, outcome, deps), by=batch.run, owner=batch.run):
        _report_settled(delivery, outcome, deps, batch)


def _report_settled(delivery: Delivery, outcome: Outcome, deps: Dependencies, batch: _Batch) -> None:
    """Count, log and trace a settled delivery, and note its articles to be tagged."""
    now = deps.clock.now()
    deps.metrics.settled.labels(outcome.disposition.value, outcome.reason or "").inc()
    if delivery.lane is Work.INGEST:
        deps.metrics.observe_latency(Step.SETTLED, delivery.received_at, until=now)
    facts = {"disposition": outcome.disposition.value, "reason": outcome.reason or "", "attempt": delivery.attempts}
    facts |= {"source": delivery.source or "", "size": delivery.size, "lane": delivery.lane.value}
    log.info(
        "delivery.settled",
        delivery_id=delivery.id,
        trace_id=trace_id(delivery.id),
        path=delivery.path,
        articles=list(outcome.article_ids),
        seconds=round((now - batch.began_at).total_seconds(), 3),
        since_receipt=round((now - delivery.received_at).total_seconds(), 3),
        **facts,
    )
    deps.tracing.record(Span("ingest", delivery.id, batch.began_at, now, facts))
    if outcome.to_tag:
        batch.to_tag[TAGGING_QUEUES[delivery.lane]] += outcome.to_tag
        batch.delivery_of |= dict.fromkeys(outcome.to_tag, delivery.id)


def _wake(work: Work, ids: Sequence[str], deps: Dependencies, *, of: Mapping[str, str] | None = None) -> None:
    try:
        deps.publisher.publish(work, ids, of=of)
    except TransientError as error:
        log.warning("work.not_published", work=work.value, why=str(error), next="the reconciler sends it again")


def _exhausted(delivery: Delivery, lease: Lease, deps: Dependencies) -> Outcome | None:
    """Return the outcome of a delivery that has used up its attempts, else None."""
    if lease.faults < deps.policy.max_attempts:
        return None
    message = (
        f"the attempts at {delivery.path} ended {lease.faults} times by a fault or a worker's death; the timeline has"
        " the errors"
    )
    return Outcome(disposition=Disposition.QUARANTINED, reason=Reason.ATTEMPTS_EXHAUSTED, message=message)


def _quarantine(delivery: Delivery, outcome: Outcome, deps: Dependencies) -> None:
    if delivery.sha256 is None:
        return
    try:
        with deps.archive.open(delivery.sha256) as content:
            report = report_of(deps.store.ledger.get(delivery.id) or delivery, outcome, deps.clock)
            deps.quarantine.add_content(content, path=delivery.path, report=report)
    except PermanentError as error:  # the archive does not have the file, and a retry would not change that
        log.warning("quarantine.without_file", path=delivery.path, why=error.message)


def _postpone(delivery: Delivery, error: Exception, deps: Dependencies, batch: _Batch) -> None:
    failure = failure_of(error)
    if failure is Failure.OUTAGE:
        _await_resource(delivery, error, deps, batch)
        return
    log.error("delivery.failed", path=delivery.path, attempt=delivery.attempts, exc_info=error)
    delay, why = deps.policy.backoff.after(delivery.attempts), f"{type(error).__name__}: {error}"
    deps.store.ledger.postpone(delivery.id, owner=batch.run, due_in=delay, why=why, cause=failure)
    _report_postponed(delivery, delay, why, deps)


def _await_resource(delivery: Delivery, error: Exception, deps: Dependencies, batch: _Batch) -> None:
    """Postpone the delivery until the next attempt of an outage; settle it if the outage has lasted too long."""
    resource, wait = missing_resource(error), delivery.outage
    if wait and deps.clock.now() - wait.since >= deps.policy.longest_outage:
        _give_up(delivery, wait, str(error), deps, batch)
        return
    delay = deps.policy.backoff.after(wait.attempts + 1 if wait else 1)
    deps.store.ledger.postpone(delivery.id, owner=batch.run, due_in=delay, why=str(error), cause=resource)
    _report_postponed(delivery, delay, str(error), deps)


def _give_up(delivery: Delivery, wait: Wait, why: str, deps: Dependencies, batch: _Batch) -> None:
    hours = deps.policy.longest_outage.total_seconds() / 3600
    message = f"{delivery.path} has waited for the {wait.resource} for {hours:g} hours: {why}"
    outcome = Outcome(disposition=Disposition.QUARANTINED, reason=Reason.OUTAGE, message=message)
    try:
        _quarantine(delivery, outcome, deps)
    except TransientError as error:  # usually the resource that it has waited for; a retry takes the archive's file
        log.warning("quarantine.without_file", path=delivery.path, why=str(error))
    _settle(delivery, outcome, deps, batch)


def _report_postponed(delivery: Delivery, delay: timedelta, why: str, deps: Dependencies) -> None:
    deps.metrics.postponed.labels(delivery.lane.value).inc()
    log.warning(
        "delivery.postponed", path=delivery.path, attempt=delivery.attempts, seconds=delay.total_seconds(), why=why
    )
