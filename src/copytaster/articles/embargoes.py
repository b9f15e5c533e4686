"""Embargoes: the ledger stores when they end, and the reconciler releases the articles."""

from __future__ import annotations

from datetime import datetime

import structlog

from copytaster.clock import Clock
from copytaster.errors import ServerUnavailableError
from copytaster.model.article import Article, ArticleId, ArticleStatus
from copytaster.model.delivery import Delivery
from copytaster.model.release import Release
from copytaster.store.ports.ledger import NO_END, DeliveryQuery
from copytaster.store.store import Store

log = structlog.get_logger(__name__)

AT_ONCE = 200
"""Embargoes ended in one call: many end on the hour, and each takes four round trips."""

DELIVERIES = 20
"""The newest deliveries of an article that are searched for the one of its current version."""


def update_embargo(article_id: ArticleId, store: Store, *, now: datetime) -> None:
    """Store until when the current version is withheld, if it is.

    The article is read again after the write, so that the current one of several concurrent versions counts.
    """
    article, written = store.articles.get(article_id), None
    while article and article != written:
        store.ledger.set_embargo(article_id, until=_end_of(article, now))
        article, written = store.articles.get(article_id), article


def release_due(store: Store, *, clock: Clock, by: str) -> list[ArticleId]:
    """Release the articles whose embargo has ended and return them; concurrent calls release each article once.

    Raises ``TransientError`` if the server does not answer; the next call releases the remaining articles. An article
    whose record cannot be read, which a newer release may have written, keeps no other one: the error is raised at the
    end.
    """
    released, errors = list[ArticleId](), list[Exception]()
    for each in store.ledger.ended_embargoes(limit=AT_ONCE):
        try:
            if _release(each, store, clock, by):
                released.append(each)
        except ServerUnavailableError:
            raise
        except Exception as error:  # noqa: BLE001  # of this article; the caller gets it
            errors.append(error)
    if errors:
        raise errors[0]
    return released


def _release(article_id: ArticleId, store: Store, clock: Clock, by: str) -> bool:
    article = store.articles.get(article_id)
    if article is None or not _has_ended(article, clock.now()):
        # The article has changed: by a kill, another embargo, an emptied server, or a user's rule that withholds it.
        update_embargo(article_id, store, now=clock.now())
        if article is None:
            store.ledger.set_embargo(article_id, until=None)
        return False
    decision = article.release if article.release and article.release.at else None
    return report_release(article, store, by=by, decision=decision)


def report_release(article: Article, store: Store, *, by: str, decision: Release | None) -> bool:
    """Report the end of an embargo, or a person's decision, and return whether it was not reported before."""
    delivery = _delivery_of(article, store)
    reported = store.ledger.release(article.id, delivery.id if delivery else None, by=by, decision=decision)
    if reported and decision and decision.at is None:
        log.info("article.withheld", article_id=article.id, decided_by=decision.by)
    elif reported:
        decided_by = decision.by if decision else None
        until = str(article.embargoed_until)
        log.info("article.released", article_id=article.id, embargoed_until=until, decided_by=decided_by)
    return reported


def _has_ended(article: Article, now: datetime) -> bool:
    return article.status is ArticleStatus.WITHHELD and article.at(now).status is ArticleStatus.USABLE


def _end_of(article: Article, now: datetime) -> datetime | None:
    """Return when a withheld article becomes usable, ``NO_END`` if its sender states no time; None for other ones."""
    until = article.withheld_until or NO_END
    return until if article.status is ArticleStatus.WITHHELD and until > now else None


def _delivery_of(article: Article, store: Store) -> Delivery | None:
    found = store.ledger.find(DeliveryQuery(article_id=article.id, limit=DELIVERIES))
    return next((each for each in found if each.received_at == article.received_at), None)
