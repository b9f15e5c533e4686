"""Embargoes: the ledger stores when they end, and the reconciler releases the articles."""

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
"""Embargoes ended in one call: many end on the hour, and each takes four round trips."""

DELIVERIES = 20
"""The newest deliveries of an article that are searched for the one of its current version."""


def update_embargo(article_id: ArticleId, store: Store, *, now: datetime) -> None:
    """Store the end of the current version's embargo, or that it has none.

    The article is read again after the write, so that the current one of several concurrent versions counts.
    """
    article, written = store.articles.get(article_id), None
    while article and article != written:
        store.ledger.set_embargo(article_id, until=article.embargoed_until if _is_embargoed(article, now) else None)
        article, written = store.articles.get(article_id), article


def release_due(store: Store, *, clock: Clock, by: str) -> list[ArticleId]:
    """Release the articles whose embargo has ended and return them; concurrent calls release each article once.

    Raises ``TransientError`` if the server does not answer; the next call releases the remaining articles.
    """
    return [each for each in store.ledger.ended_embargoes(limit=AT_ONCE) if _release(each, store, clock, by)]


def _release(article_id: ArticleId, store: Store, clock: Clock, by: str) -> bool:
    article = store.articles.get(article_id)
    has_ended = article and article.status is ArticleStatus.WITHHELD and not _is_embargoed(article, clock.now())
    if article is None or not has_ended or article.ruling:
        # The article has changed: by a kill, another embargo, an emptied server, or a user's rule that withholds it.
        update_embargo(article_id, store, now=clock.now())
        if article is None:
            store.ledger.set_embargo(article_id, until=None)
        return False
    delivery = _delivery_of(article, store)
    released = store.ledger.release(article_id, delivery.id if delivery else None, by=by)
    if released:
        log.info("article.released", article_id=article_id, embargoed_until=str(article.embargoed_until))
    return released


def _is_embargoed(article: Article, now: datetime) -> bool:
    until = article.embargoed_until
    return article.status is ArticleStatus.WITHHELD and until is not None and until > now


def _delivery_of(article: Article, store: Store) -> Delivery | None:
    found = store.ledger.find(DeliveryQuery(article_id=article.id, limit=DELIVERIES))
    return next((each for each in found if each.received_at == article.received_at), None)
