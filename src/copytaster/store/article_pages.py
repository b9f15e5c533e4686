"""Reads articles, or the copies of one, page by page, so that only one page is in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from copytaster.model.article import Article, ArticleId, Duplicate
from copytaster.store.ports.articles import ArticleQuery, Articles

DUPLICATES = 200
"""Copies read in one round trip: some 50 KB."""


def article_pages(articles: Articles, query: ArticleQuery, *, most: int | None = None) -> Iterator[Sequence[Article]]:
    """Yield pages of ``query.limit`` articles until the query has no more, or ``most`` articles have been read."""
    remaining = most
    while remaining is None or remaining > 0:
        limit = query.limit if remaining is None else min(query.limit, remaining)
        page = articles.find(replace(query, limit=limit))
        yield page.articles
        if page.next_cursor is None:
            return
        query = replace(query, cursor=page.next_cursor)
        remaining = None if remaining is None else remaining - len(page.articles)


def all_duplicates(articles: Articles, article_id: ArticleId) -> Iterator[Duplicate]:
    """Yield all copies of an article, the newest first."""
    page = articles.duplicates(article_id, limit=DUPLICATES)
    yield from page.duplicates
    while page.next_cursor:
        page = articles.duplicates(article_id, cursor=page.next_cursor, limit=DUPLICATES)
        yield from page.duplicates
