"""Embargoes end by themselves: who is under one is remembered on the server, and the reconciler tells of its end."""

from __future__ import annotations

from datetime import datetime

import structlog

from copytaster.clock import Clock
from copytaster.model.article import Article, ArticleId, ArticleStatus
from copytaster.model.delivery import Delivery
from copytaster.store.ports.ledger import DeliveryQuery
from copytaster.store.store import Store

log = structlog.get_logger(__name__)

AT_ONCE = 200
"""Embargoes ended in one look: they like to end on the hour, and each takes four round trips."""

DELIVERIES = 20
"""The newest deliveries of an article among which the one that brought its present version is looked for."""


def keep_embargo(article_id: ArticleId, store: Store, *, now: datetime) -> None:
    """Remember until when the version that is shown is under embargo, or that it is not.

    Looked at again after it is written, so that of several versions that come at once the one that is shown counts.
    """
    article, noted = store.articles.get(article_id), None
    while article and article != noted:
        store.ledger.set_embargo(article_id, until=article.embargoed_until if _is_held(article, now) else None)
        article, noted = store.articles.get(article_id), article


def release_due(store: Store, *, clock: Clock, by: str) -> list[ArticleId]:
    """Tell of the embargoes that are over and return their articles; several may do it at once, each is told once.

    Raises ``TransientError`` when the server is away; what was not told is looked at again.
    """
    return [each for each in store.ledger.ended_embargoes(limit=AT_ONCE) if _release(each, store, clock, by)]


def _release(article_id: ArticleId, store: Store, clock: Clock, by: str) -> bool:
    article = store.articles.get(article_id)
    over = article and article.status is ArticleStatus.WITHHELD and not _is_held(article, clock.now())
    if article is None or not over or article.ruling:
        # Something has come between: a kill, another embargo, an emptied server, a user's rule that withholds it too.
        keep_embargo(article_id, store, now=clock.now())
        if article is None:
            store.ledger.set_embargo(article_id, until=None)
        return False
    delivery = _brought_by(article, store)
    released = store.ledger.release(article_id, delivery.id if delivery else None, by=by)
    if released:
        log.info("article.released", article_id=article_id, embargoed_until=str(article.embargoed_until))
    return released


def _is_held(article: Article, now: datetime) -> bool:
    until = article.embargoed_until
    return article.status is ArticleStatus.WITHHELD and until is not None and until > now


def _brought_by(article: Article, store: Store) -> Delivery | None:
    found = store.ledger.find(DeliveryQuery(article_id=article.id, limit=DELIVERIES))
    return next((each for each in found if each.received_at == article.received_at), None)
