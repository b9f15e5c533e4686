"""The records that match a query; both implementations of the store use these definitions."""

from __future__ import annotations

from datetime import datetime

from copytaster.model.article import Article, ArticleStatus, RelationKind
from copytaster.model.delivery import Delivery
from copytaster.store.ports.articles import ArticleQuery
from copytaster.store.ports.ledger import DeliveryQuery


def matches_delivery(delivery: Delivery, query: DeliveryQuery) -> bool:
    """Return whether the delivery meets every condition except that on the article, for which stores have an index.

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
    return all(condition is None or condition == value for condition, value in conditions)


def is_listed(article: Article) -> bool:
    """Return whether listings contain the article: every article that is not a copy of another one."""
    return article.relation is None or article.relation.kind is RelationKind.UPDATE


def matches_article(article: Article, query: ArticleQuery) -> bool:
    """Return whether the article meets every condition; ``cursor`` and ``limit`` are not conditions."""
    moment = article.published_at or article.received_at
    return (
        (query.among is None or article.id in query.among)
        and set(query_terms(query)) <= set(index_terms(article))
        and (query.published_from is None or moment >= query.published_from)
        and (query.published_to is None or moment <= query.published_to)
        and (query.text is None or query.text.casefold() in _searchable(article, query.at).casefold())
    )


def _searchable(article: Article, at: datetime | None) -> str:
    """Return the text that may be searched; text that listings do not show must not be disclosed by searches."""
    hidden = at is not None and article.at(at).status is not ArticleStatus.USABLE
    return article.title if hidden else f"{article.title}\n{article.text}"


def index_terms(article: Article) -> list[str]:
    """Return the index terms of the article: a topic has its code and its name; upper and lower case are the same."""
    topics = [term for topic in article.topics or () for term in (topic.code, topic.name)]
    terms = {
        "source": [article.source] if article.source else [],
        "language": [article.language] if article.language else [],
        "topic": topics,
        "entity": [entity.name for entity in article.entities or ()],
        "keyword": [keyword.term for keyword in article.keywords or ()],
    }
    return [_term(field, value) for field, values in terms.items() for value in values]


def query_terms(query: ArticleQuery) -> list[str]:
    """Return the index terms that a matching article has."""
    terms = {
        "source": query.source,
        "language": query.language,
        "topic": query.topic,
        "entity": query.entity,
        "keyword": query.keyword,
    }
    return [_term(field, value) for field, value in terms.items() if value is not None]


def _term(field: str, value: str) -> str:
    return f"{field}:{value.casefold()}"
