"""What the store knows now about the articles and deliveries of a page of events: for filters, and for their data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from copytaster.model.article import Article, ArticleId, ArticleStatus
from copytaster.model.delivery import DeliveryId
from copytaster.model.events import Event
from copytaster.store.readable import undamaged
from copytaster.store.store import Store

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ArticleFacts:
    """An article as it is now. ``topics`` are the codes; None while it is not tagged, or may not be used."""

    source: str | None
    status: ArticleStatus
    version: int
    language: str | None
    topics: tuple[str, ...] | None
    original_id: ArticleId | None


@dataclass(frozen=True, slots=True)
class Facts:
    """Articles, and sources of deliveries, that are still stored."""

    articles: Mapping[ArticleId, ArticleFacts]
    delivery_sources: Mapping[DeliveryId, str | None]


NOTHING_KNOWN = Facts({}, {})


def read_facts(events: Sequence[Event], store: Store, *, now: datetime) -> Facts:
    """Return the facts about everything that the events name; two round trips. Raises ``TransientError``."""
    articles = _distinct(each for event in events for each in articles_of(event))
    deliveries = _distinct(each for event in events for each in _deliveries_of(event))
    found = undamaged(articles, store.articles.get_many)
    return Facts(
        articles={each.id: _facts_of(each.at(now)) for each in found},
        delivery_sources=store.ledger.sources(deliveries) if deliveries else {},
    )


def articles_of(event: Event) -> tuple[ArticleId, ...]:
    """Return the articles that the event is about."""
    return event.article_ids if event.items is None else tuple(each.article_id for each in event.items)


def _deliveries_of(event: Event) -> tuple[DeliveryId, ...]:
    return (*event.delivery_ids, *([event.delivery_id] if event.delivery_id else ()))


def _distinct(values: Iterable[T]) -> list[T]:
    return list(dict.fromkeys(values))


def _facts_of(article: Article) -> ArticleFacts:
    usable = article.status is ArticleStatus.USABLE
    topics = None if article.topics is None or not usable else tuple(each.code for each in article.topics)
    return ArticleFacts(
        source=article.source,
        status=article.status,
        version=article.version,
        language=article.language,
        topics=topics,
        original_id=article.relation.of if article.relation else None,
    )
