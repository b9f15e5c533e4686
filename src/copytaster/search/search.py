"""A search: what the index proposes, compared with the articles of the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from copytaster.articles.views import ListedArticle, list_articles
from copytaster.clock import milliseconds
from copytaster.model.article import ArticleStatus
from copytaster.model.article_document import ArticleDocument, status_at
from copytaster.search.document import first_position
from copytaster.search.found_article import FoundArticle
from copytaster.search.highlights import Highlights
from copytaster.search.index import LAST, Hit, IndexRequest, SearchCursor, SearchIndex
from copytaster.search.periods import covering_terms
from copytaster.search.query import Order, SearchQuery, TermCondition
from copytaster.search.syntax import parse_query
from copytaster.store.matching import is_listed, matches_article, query_terms
from copytaster.store.ports.articles import ArticleQuery
from copytaster.store.readable import undamaged
from copytaster.store.store import Store

ROUNDS = 5
"""Most times that the index is asked for a page. More than one is needed only while it has many articles that have been
removed or withheld since; the page is then shorter.
"""

REMEMBERED = 3_000
"""Articles whose texts are kept in the form in which words are looked for: 2 KB each for a plain text of 1.8 KB, and
11 KB for one that has to be cut into words, which takes .2 ms. As many as the articles that a reader keeps, and as many
highlights, since both keep the whole article."""


@dataclass(frozen=True, slots=True)
class SearchResult:
    """An article as the store has it, and the places of the query's words in its title and text."""

    document: ArticleDocument
    highlights: Highlights
    cursor: SearchCursor


@dataclass(frozen=True, slots=True)
class SearchResults:
    """A page of results; ``next_cursor`` is None on the last page."""

    items: tuple[SearchResult, ...]
    next_cursor: str | None

    def listed(self, store: Store, *, now: datetime) -> list[ListedArticle]:
        """Return the articles in the form for lists, with their highlights; two round trips."""
        articles = list_articles([each.document.article for each in self.items], store, now=now)
        return [
            article.model_copy(update={"highlights": each.highlights.spans})
            for article, each in zip(articles, self.items, strict=True)
        ]


class Search:
    """Finds articles by what their texts say; keeps the words of the last ``remembered`` articles that it has found."""

    def __init__(self, index: SearchIndex, store: Store, *, remembered: int = REMEMBERED) -> None:
        self._index = index
        self._store = store
        self._found = lru_cache(maxsize=remembered)(FoundArticle)
        self._highlights = lru_cache(maxsize=remembered)(self._highlights_of)

    def find(self, text: str, filters: ArticleQuery, *, order: Order, now: datetime) -> SearchResults:
        """Return a page of articles that meet the query ``text`` and the filters, which have its cursor and limit.

        An article whose text may not be used at ``now`` is found by its title only. Cost: some 3 ms for 50 articles
        that are remembered, and 35 for others of 3 KB, however many there are. Raises ``QuerySyntaxError``,
        ``WrongCursorError``, ``NoIndexError`` and ``SearchTimeoutError``.
        """
        query = _restricted(parse_query(text), filters)
        cursor = SearchCursor.parse(filters.cursor, order) if filters.cursor else None
        found: list[SearchResult] = []
        wanted = filters.limit + 1  # one more shows that there is a next page
        first, before = _received_in(filters)
        for _ in range(ROUNDS):
            asked = wanted - len(found)
            hits = self._index.find(IndexRequest(query, asked, order, cursor, filters.among, first, before))
            found += self._verified(hits, query, filters, now)
            if len(found) == wanted or len(hits) < asked:
                break
            cursor = hits[-1].cursor
        else:
            return SearchResults(tuple(found), str(cursor))
        page = tuple(found[: filters.limit])
        return SearchResults(page, str(page[-1].cursor) if len(found) > len(page) else None)

    def _verified(
        self, hits: Sequence[Hit], query: SearchQuery, filters: ArticleQuery, now: datetime
    ) -> list[SearchResult]:
        """Return the hits that meet the query as the store has them now."""
        articles = {
            each.id: each for each in undamaged((hit.article_id for hit in hits), self._store.articles.get_documents)
        }
        found = []
        for hit in hits:
            article = articles.get(hit.article_id)
            if article is None or not is_listed(article) or not matches_article(article, filters):
                continue
            marked = self._highlights(article, status_at(article, now), query)
            if marked is not None:
                found.append(SearchResult(article, marked, hit.cursor))
        return found

    def _highlights_of(self, article: ArticleDocument, status: ArticleStatus, query: SearchQuery) -> Highlights | None:
        """Return the places of the query's words in an article of this status; None if it does not meet the query."""
        return self._found(article, status).highlights(query)


def _restricted(query: SearchQuery, filters: ArticleQuery) -> SearchQuery:
    """Return the query with the filters as further conditions."""
    terms = [frozenset({each}) for each in query_terms(filters)]
    if filters.published_from or filters.published_to:
        terms.append(covering_terms(filters.published_from, filters.published_to))
    return SearchQuery((*query.conditions, *map(TermCondition, terms)))


def _received_in(filters: ArticleQuery) -> tuple[int, int]:
    """Return the first position of the articles of a period of receipt, and the first one after them."""
    first = first_position(milliseconds(filters.received_from)) if filters.received_from else 0
    before = first_position(milliseconds(filters.received_to) + 1) if filters.received_to else LAST
    return max(0, min(first, LAST)), max(0, min(before, LAST))
