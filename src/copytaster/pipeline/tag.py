"""Tagging of stored articles, in batches: recognising entities is cheaper for several articles at once."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from copytaster.errors import TransientError, descriptor_shortage, outage_error
from copytaster.metrics import Stage, Step
from copytaster.model.article import Article, ArticleId, Tagging
from copytaster.model.article_labels import annotated
from copytaster.model.delivery import DeliveryId
from copytaster.model.outage import Resource
from copytaster.model.sighting import description
from copytaster.model.tracing import Span, trace_id
from copytaster.model.work import Work
from copytaster.pipeline.dependencies import Dependencies
from copytaster.store.ports.articles import Annotation

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Run:
    """The processing of one message: who owns the leases, when it began, and the delivery of each article, if known.

    ``work`` is the queue of the message: in that of retagging articles wait for all other work.
    """

    owner: str
    began_at: datetime
    delivery_of: Mapping[str, str]
    work: Work


def tag(
    article_ids: Sequence[str], *, deps: Dependencies, of: Mapping[str, str] | None = None, work: Work = Work.TAG
) -> None:
    """Tag each article whose tagging is due and that no other worker has leased.

    ``of`` are the deliveries of the articles, for logs and traces, ``work`` is the queue from which they come. Raises
    ``TransientError`` when the store does not answer; every tagging that has not ended becomes due again.
    """
    deps.unreported.report(deps.store.ledger)
    run = _Run(f"{deps.owner}/{secrets.token_hex(4)}", deps.clock.now(), of or {}, work)
    try:
        _tag_due(article_ids, deps, run)
    except TransientError:  # the server does not answer, so the ledger does not know how the attempts ended
        for each in dict.fromkeys(article_ids):
            deps.unreported.add_tagging(ArticleId(each), run.owner)
        raise


def _tag_due(article_ids: Sequence[str], deps: Dependencies, run: _Run) -> None:
    leases = _begin([ArticleId(each) for each in article_ids], deps, run)
    retried = [article_id for article_id, attempt in leases.items() if attempt > 1]
    # An article that failed before is leased and tagged alone: if it ends this process, the death is its own fault and
    # counts as an attempt of no other article.
    for each in retried:
        deps.store.ledger.excuse_tagging(each, owner=run.owner)
    first = [article_id for article_id, attempt in leases.items() if attempt == 1]
    deps.metrics.attempts.labels(run.work.value).inc(len(first))
    if first:
        _tag_group(_stored(first, deps, run), deps, run)
    for each in retried:
        _tag_alone(each, deps, run)


def _begin(article_ids: Sequence[ArticleId], deps: Dependencies, run: _Run) -> dict[ArticleId, int]:
    """Lease the taggings and return the number of each attempt."""
    leases = deps.store.ledger.begin_tagging(article_ids, owner=run.owner, lease=deps.policy.lease)
    return {article_id: lease.attempt for article_id, lease in leases.items()}


def _tag_alone(article_id: ArticleId, deps: Dependencies, run: _Run) -> None:
    attempt = _begin([article_id], deps, run).get(article_id, 0)
    deps.metrics.attempts.labels(run.work.value).inc(bool(attempt))
    articles = _stored([article_id], deps, run) if attempt else []
    if articles and attempt > deps.policy.max_attempts:
        _finish(articles, [deps.tagger.give_up(articles[0], deps.policy.max_attempts)], deps, run)
    elif articles:
        _tag_group(articles, deps, run)


def _stored(leased: Sequence[ArticleId], deps: Dependencies, run: _Run) -> list[Article]:
    """Return the leased articles; end the tagging of those that are not in the store."""
    articles = deps.store.articles.get_many(leased)
    if missing := sorted({*leased} - {each.id for each in articles}):
        deps.store.ledger.settle_tagging(missing, owner=run.owner)
        log.warning("tagging.dropped", articles=missing, why="the articles are not in the store")
    return articles


def _tag_group(group: list[Article], deps: Dependencies, run: _Run) -> None:
    try:
        with deps.metrics.time(Stage.TAG):
            found = deps.tagger.tag(group)
    except TransientError:
        raise
    # A fault over one text must not stop the other articles; the attempts are counted, so the retries end.
    except Exception as error:
        if shortage := descriptor_shortage(error):
            raise outage_error("tag articles", shortage, resource=Resource.WORKER) from error
        log.exception("tagging.failed", articles=[each.id for each in group])
        for article in group:
            deps.store.ledger.postpone_tagging(article.id, owner=run.owner, due_in=deps.policy.backoff.after(1))
            deps.metrics.postponed.labels(run.work.value).inc()
        return
    _finish(group, found, deps, run)


def _finish(group: Sequence[Article], found: Sequence[Tagging], deps: Dependencies, run: _Run) -> None:
    annotations = [
        Annotation(article.id, article.version, article.text, tagging)
        for article, tagging in zip(group, found, strict=True)
    ]
    # If a newer version was stored meanwhile, its own tagging is due and this lease is void: nothing is to be done.
    written = deps.store.articles.annotate_many(annotations)
    tagged = zip(group, found, strict=True)
    articles = [annotated(article, tagging) for article, tagging in tagged if article.id in written]
    placed, now = _place(articles, deps, run), deps.clock.now()
    seen = {each.id: sighting for each in articles if (sighting := description(each, now=now))}
    done = [each.article_id for each in annotations if each.article_id in placed]
    deps.store.ledger.settle_tagging(done, owner=run.owner, seen=seen)
    for article, each in zip(group, annotations, strict=True):
        if article.id in placed:
            _report_tagged(article, each.tagging, deps, run)


def _report_tagged(article: Article, tagging: Tagging, deps: Dependencies, run: _Run) -> None:
    """Measure, log and trace a tagging. The time is that of the whole message, whose articles are tagged together."""
    now, delivery_id = deps.clock.now(), run.delivery_of.get(article.id)
    if run.work is Work.TAG and not article.tagged:  # the articles of old files wait for those of live ones
        deps.metrics.observe_latency(Step.TAGGED, article.received_at, until=now)
    log.info(
        "article.tagged",
        article_id=article.id,
        delivery_id=delivery_id or None,
        trace_id=trace_id(delivery_id) if delivery_id else None,
        language=tagging.language,
        topics=[topic.name for topic in tagging.topics],
        seconds=round((now - run.began_at).total_seconds(), 3),
    )
    if delivery_id:
        facts: dict[str, str | int | float] = {
            "article_id": str(article.id),
            "version": article.version,
            "language": tagging.language,
        }
        deps.tracing.record(Span("tag", DeliveryId(delivery_id), run.began_at, now, facts))


def _place(tagged: Sequence[Article], deps: Dependencies, run: _Run) -> frozenset[ArticleId]:
    """Place the articles into stories; the tagging of those that could not be placed becomes due again."""
    with deps.metrics.time(Stage.PLACE):
        placed = _placed(tagged, deps)
    for article in tagged:
        if article.id not in placed:
            deps.store.ledger.postpone_tagging(article.id, owner=run.owner, due_in=deps.policy.backoff.after(1))
            deps.metrics.postponed.labels(run.work.value).inc()
    return placed


def _placed(tagged: Sequence[Article], deps: Dependencies) -> frozenset[ArticleId]:
    try:
        return deps.placing.place(tagged)
    except TransientError:
        raise
    # A fault over one text must not stop the other articles, nor the one: the one founds a story by itself.
    except Exception as error:
        if shortage := descriptor_shortage(error):
            raise outage_error("place articles", shortage, resource=Resource.WORKER) from error
        if len(tagged) > 1:
            return frozenset().union(*(_placed([each], deps) for each in tagged))
        log.exception("placing.failed", articles=[each.id for each in tagged], next="it founds a story by itself")
        return deps.placing.place_unread(tagged)
