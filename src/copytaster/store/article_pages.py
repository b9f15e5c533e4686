"""Reads the articles of a query page by page, so that only one page is in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from copytaster.model.article import Article
from copytaster.store.ports.articles import ArticleQuery, Articles


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
