"""Tagging of stored articles, in batches: recognising entities is cheaper for several articles at once."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

import structlog

from copytaster.errors import TransientError
from copytaster.metrics import Stage
from copytaster.model.article import Article, ArticleId, Provenance, Tagging
from copytaster.model.work import Work
from copytaster.pipeline.dependencies import Dependencies

log = structlog.get_logger(__name__)


def tag(article_ids: Sequence[str], *, deps: Dependencies) -> None:
    """Tag each article whose tagging is due and that no other worker has leased.

    Raises ``TransientError`` when the store does not answer; every tagging that has not ended becomes due again.
    """
    deps.unreported.report(deps.store.ledger)
    run = f"{deps.owner}/{secrets.token_hex(4)}"
    try:
        _tag_due(article_ids, deps, run)
    except TransientError:  # the server does not answer, so the ledger does not know how the attempts ended
        for each in dict.fromkeys(article_ids):
            deps.unreported.add_tagging(ArticleId(each), run)
        raise


def _tag_due(article_ids: Sequence[str], deps: Dependencies, run: str) -> None:
    leased = {ArticleId(each): _begin(ArticleId(each), deps, run) for each in dict.fromkeys(article_ids)}
    attempts = {article_id: attempt for article_id, attempt in leased.items() if attempt}
    articles = deps.store.articles.get_many(list(attempts))
    for missing in attempts.keys() - {each.id for each in articles}:
        deps.store.ledger.settle_tagging(missing, owner=run)
        log.warning("tagging.dropped", article_id=missing, why="the article is not in the store")
    exhausted = [each for each in articles if attempts[each.id] > deps.policy.max_attempts]
    for article in exhausted:
        _finish(article, _untaggable(article, deps.policy.max_attempts), deps, run)
    remaining = [each for each in articles if each not in exhausted]
    # An article that failed before is tagged alone, so that it does not make the others fail again.
    batch = [each for each in remaining if attempts[each.id] == 1]
    for group in [batch, *([each] for each in remaining if each not in batch)]:
        _tag_group(group, deps, run)


def _begin(article_id: ArticleId, deps: Dependencies, run: str) -> int:
    lease = deps.store.ledger.begin_tagging(article_id, owner=run, lease=deps.policy.lease)
    return lease.attempt if lease else 0


def _tag_group(group: list[Article], deps: Dependencies, run: str) -> None:
    try:
        with deps.metrics.time(Stage.TAG):
            found = deps.tagger.tag(group)
    except TransientError:
        raise
    # A fault over one text must not stop the other articles; the attempts are counted, so the retries end.
    except Exception:
        log.exception("tagging.failed", articles=[each.id for each in group])
        for article in group:
            deps.store.ledger.postpone_tagging(article.id, owner=run, due_in=deps.policy.backoff.after(1))
            deps.metrics.postponed.labels(Work.TAG.value).inc()
        return
    for article, tagging in zip(group, found, strict=True):
        _finish(article, tagging, deps, run)


def _finish(article: Article, tagging: Tagging, deps: Dependencies, run: str) -> None:
    # If a newer version was stored meanwhile, its own tagging is due and this lease is void: nothing is to be done.
    if deps.store.articles.annotate(article.id, article.version, tagging):
        deps.store.ledger.settle_tagging(article.id, owner=run)
        log.info("article.tagged", article_id=article.id, topics=[each.name for each in tagging.topics])


def _untaggable(article: Article, attempts: int) -> Tagging:
    note = Provenance(from_=f"none: tagging failed {attempts} times", confidence=0)
    return Tagging(
        language=article.language or "und",
        topics=(),
        entities=None,
        keywords=(),
        provenance=dict.fromkeys(("language", "topics", "entities", "keywords"), note),
    )
