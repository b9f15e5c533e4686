from __future__ import annotations

import pytest

from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.model.delivery import DeliveryId
from copytaster.store.article_pages import article_pages
from copytaster.store.ports.articles import ArticleQuery
from tests.factories import an_article


@pytest.mark.parametrize(
    ("most", "sizes"),
    [(None, [2, 2, 1]), (4, [2, 2]), (3, [2, 1]), (9, [2, 2, 1]), (0, [])],
    ids=["all", "whole pages", "part of a page", "more than there are", "none"],
)
def test_pages_end_with_the_query_or_with_the_most_articles(
    clock: ManualClock, most: int | None, sizes: list[int]
) -> None:
    store = memory_store(clock)
    for number in range(5):
        store.articles.create(an_article(f"a{number}"), owner=DeliveryId(f"d{number}"))

    pages = list(article_pages(store.articles, ArticleQuery(limit=2), most=most))

    ids = [article.id for page in pages for article in page]
    assert [len(page) for page in pages] == sizes
    assert len(set(ids)) == len(ids) == sum(sizes)
