"""The records that match a query; both implementations of the store use these definitions."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache

from copytaster.clock import milliseconds
from copytaster.model.article import Article, ArticleStatus, Duplicate, RelationKind
from copytaster.model.article_document import AnyForm, status_at
from copytaster.model.delivery import Delivery, DeliveryId
from copytaster.model.source_names import name_key
from copytaster.store.cursor import Cursor, before_all_of
from copytaster.store.ports.articles import ArticleQuery, DuplicatePage
from copytaster.store.ports.failed_files import FailedQuery
from copytaster.store.ports.ledger import CLAIMED_FOR, DeliveryQuery
from copytaster.store.ports.retention import lowest_id

NAMES = frozenset({"source", "publisher"})
"""The fields that are compared by ``name_key``."""


def _restrictions(article: AnyForm) -> set[str]:
    """Return the statuses but usable that the article may have, now or at another time: most articles have none."""
    stated = {article.status, article.ruling.status if article.ruling else article.status}
    return {each.value for each in stated - {ArticleStatus.USABLE}}


_VALUES: Mapping[str, Callable[[AnyForm], Iterable[str]]] = {
    "source": lambda article: [name_key(found)] if (found := article.source) else [],
    "publisher": lambda article: [name_key(article.publisher)] if article.publisher else [],
    "language": lambda article: [article.language] if article.language else [],
    "topic": lambda article: (term for topic in article.topics or () for term in (topic.code, topic.name)),
    "entity": lambda article: (entity.name for entity in article.entities or ()),
    "keyword": lambda article: (keyword.term for keyword in article.keywords or ()),
    "tag": lambda article: (tag.name for tag in article.tags),
    "format": lambda article: [article.format],
    "status": _restrictions,
}
"""The values by which an article is found, by indexed field."""

LATER_FIELDS = frozenset({"tag", "format", "status"})
"""The fields that an earlier release has not indexed."""


def matches_delivery(delivery: Delivery, query: DeliveryQuery) -> bool:
    """Return whether the delivery meets every condition except that on the article, for which stores have an index.

    ``before`` and ``limit`` are not conditions.
    """
    conditions = (
        (name_key(query.source) if query.source else None, name_key(delivery.source or "")),
        (query.name, delivery.name),
        (query.path, delivery.path),
        (query.sha256, delivery.sha256),
        (query.state, delivery.state),
        (query.disposition, delivery.disposition),
        (query.reason, delivery.reason),
    )
    return (
        all(condition is None or condition == value for condition, value in conditions)
        and (query.received_from is None or delivery.received_at >= query.received_from)
        and (query.received_to is None or delivery.received_at <= query.received_to)
    )


def first_delivery_below(query: DeliveryQuery) -> DeliveryId | None:
    """Return the id below which the deliveries of the query are; None: no bound."""
    bounds = [query.before] if query.before else []
    if query.received_to:
        bounds.append(lowest_id(query.received_to + timedelta(milliseconds=1)))
    return min(bounds, default=None)


def is_delivery_past(delivery_id: DeliveryId, query: DeliveryQuery) -> bool:
    """Return whether neither this delivery nor an earlier one can match."""
    return query.received_from is not None and delivery_id < lowest_id(query.received_from - CLAIMED_FOR)


def matches_failed(delivery: Delivery, query: FailedQuery) -> bool:
    """Return whether a delivery is a failed file that meets every condition; ids and order are not conditions."""
    return (
        delivery.has_failed_file
        and (query.reason is None or delivery.reason is query.reason)
        and (query.source is None or name_key(query.source) == name_key(delivery.source or ""))
        and (query.name is None or caseless(query.name) in caseless(delivery.path))
    )


def registered_terms(delivery: Delivery) -> dict[str, str]:
    """Return the values of the indexed fields that a delivery has from its registration on."""
    terms = {
        "source": name_key(delivery.source or ""),
        "name": delivery.name,
        "sha256": delivery.sha256,
        **dict([path_term(delivery.path)]),
    }
    return {field: value for field, value in terms.items() if value}


def path_term(path: str) -> tuple[str, str]:
    """Return the field and the value by which a delivery with this path is found.

    That is the name if the file was in the inbox or in the folder of its source: as many paths have it as there are
    sources, and most files are there.
    """
    *folders, name = path.split("/")
    return ("path", path) if len(folders) > 1 else ("name", name)


def is_listed(article: AnyForm) -> bool:
    """Return whether listings contain the article: every article that is not a copy of another one."""
    relation = article.relation
    return relation is None or relation.kind is RelationKind.UPDATE


def matches_article(article: AnyForm, query: ArticleQuery) -> bool:
    """Return whether the article meets every condition; ``cursor`` and ``limit`` are not conditions."""
    wanted, in_period = _wanted(query), query.published_from is not None or query.published_to is not None
    moment = publication(article) if in_period else article.received_at  # only periods compare it
    return (
        (query.among is None or article.id in query.among)
        and (not wanted or all(_has(article, *each) for each in wanted))
        and (query.published_from is None or moment >= query.published_from)
        and (query.published_to is None or moment <= query.published_to)
        and (query.received_from is None or article.received_at >= query.received_from)
        and (query.received_to is None or article.received_at <= query.received_to)
        and (query.status is None or status_at(article, query.status.moment) is query.status.status)
    )


def _has(article: AnyForm, field: str, wanted: str) -> bool:
    return wanted in map(caseless, _VALUES[field](article))


def start_of(query: ArticleQuery) -> Cursor | None:
    """Return the position below which the articles of the query are; None: no bound. Raises ``WrongCursorError``."""
    bounds = [Cursor.parse(query.cursor)] if query.cursor else []
    if query.received_to:
        bounds.append(before_all_of(milliseconds(query.received_to) + 1))
    return min(bounds, default=None)


def is_past(position: Cursor, query: ArticleQuery) -> bool:
    """Return whether neither this position nor a later one of a listing can have an article of the query."""
    return query.received_from is not None and position.received < milliseconds(query.received_from)


def publication(article: AnyForm) -> datetime:
    """Return the time of publication by which queries find the article: if it is unknown, that of its receipt."""
    return article.published_at or article.received_at


def last_change(article: Article, *moments: datetime | None) -> datetime:
    """Return the time from which the age of an article counts: the latest of its receipt, ``moments``, and its copies.

    The end of its embargo, and the time for which a person released it, count as well.
    """
    ends = (article.embargoed_until, article.release.at if article.release else None)
    known = (article.received_at, *ends, *moments, *(each.received_at for each in article.duplicates))
    return max(each for each in known if each is not None)


def duplicate_page(links: Sequence[Duplicate], *, cursor: str | None, limit: int) -> DuplicatePage:
    """Return a page from links in the order of delivery; one more than it has means that there is a next one."""
    found = [each for each in reversed(links) if cursor is None or each.delivery_id < cursor]
    page = tuple(found[:limit])
    return DuplicatePage(page, page[-1].delivery_id if len(found) > limit else None)


def index_terms(article: AnyForm) -> list[str]:
    """Return the index terms of the article: a topic has its code and its name; upper and lower case are the same."""
    return [index_term(field, value) for field in _VALUES for value in _VALUES[field](article)]


def query_terms(query: ArticleQuery, *, without: Collection[str] = ()) -> list[str]:
    """Return the index terms that a matching article has, but for those of some fields."""
    return [index_term(field, value) for field, value in _wanted(query) if field not in without]


@lru_cache(maxsize=100)  # it is asked for each article that is examined
def _wanted(query: ArticleQuery) -> tuple[tuple[str, str], ...]:
    values = ((field, getattr(query, field)) for field in _VALUES if field != "status")
    found = ((field, name_key(each) if field in NAMES else each) for field, each in values if each is not None)
    wanted = [(field, caseless(each)) for field, each in found]
    if query.status and query.status.status is not ArticleStatus.USABLE:
        wanted.append(("status", query.status.status.value))
    return tuple(wanted)


def index_term(field: str, value: str) -> str:
    """Return the index term of a value of a field; see ``caseless``."""
    return f"{field}:{caseless(value)}"


@lru_cache(maxsize=4096)  # the names of sources, topics and labels recur in most articles of a page
def caseless(text: str) -> str:
    """Return a form that a text has in common with others that look alike but for upper and lower case.

    A letter with an accent may be one character or two: keyboards for Vietnamese, names of files from a Mac and texts
    of a PDF have two.
    """
    return (text if text.isascii() else unicodedata.normalize("NFC", text)).casefold()
