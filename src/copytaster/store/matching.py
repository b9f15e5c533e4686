"""Which records a query means: the one definition that every store follows."""

from __future__ import annotations

from datetime import datetime

from copytaster.model.article import Article, ArticleStatus, RelationKind
from copytaster.model.delivery import Delivery
from copytaster.store.ports.articles import ArticleQuery
from copytaster.store.ports.ledger import DeliveryQuery


def matches_delivery(delivery: Delivery, query: DeliveryQuery) -> bool:
    """Say whether every given condition holds but that on the article, which each store answers by its index.

    ``before`` and ``limit`` are not conditions.
    """
    conditions = (
        (query.name, delivery.name),
        (query.path, delivery.path),
        (query.sha256, delivery.sha256),
        (query.state, delivery.state),
        (query.disposition, delivery.disposition),
        (query.reason, delivery.reason),
    )
    return all(wanted is None or wanted == given for wanted, given in conditions)


def listed(article: Article) -> bool:
    """Say whether listings show the article: everything but copies of another one."""
    return article.relation is None or article.relation.kind is RelationKind.UPDATE


def matches_article(article: Article, query: ArticleQuery) -> bool:
    """Say whether every given condition holds; ``cursor`` and ``limit`` are not conditions."""
    moment = article.published_at or article.received_at
    return (
        (query.among is None or article.id in query.among)
        and set(query_terms(query)) <= set(index_terms(article))
        and (query.published_from is None or moment >= query.published_from)
        and (query.published_to is None or moment <= query.published_to)
        and (query.text is None or query.text.casefold() in _searched(article, query.at).casefold())
    )


def _searched(article: Article, at: datetime | None) -> str:
    """Return what a search may look into: what a list does not show cannot be found out by searching either."""
    hidden = at is not None and article.at(at).status is not ArticleStatus.USABLE
    return article.title if hidden else f"{article.title}\n{article.text}"


def index_terms(article: Article) -> list[str]:
    """Return the terms under which the article is indexed: a topic by code and by name, names whatever their case."""
    topics = [term for topic in article.topics or () for term in (topic.code, topic.name)]
    named = {
        "source": [article.source] if article.source else [],
        "language": [article.language] if article.language else [],
        "topic": topics,
        "entity": [entity.name for entity in article.entities or ()],
        "keyword": [keyword.term for keyword in article.keywords or ()],
    }
    return [_term(field, value) for field, values in named.items() for value in values]


def query_terms(query: ArticleQuery) -> list[str]:
    """Return the index terms that an article must have."""
    asked = {
        "source": query.source,
        "language": query.language,
        "topic": query.topic,
        "entity": query.entity,
        "keyword": query.keyword,
    }
    return [_term(field, value) for field, value in asked.items() if value is not None]


def _term(field: str, value: str) -> str:
    return f"{field}:{value.casefold()}"
