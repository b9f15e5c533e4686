from __future__ import annotations

import pytest

from copytaster.model.article import ArticleId
from copytaster.model.deletion import Deletion
from copytaster.store.ports.articles import DeletedArticleError
from copytaster.store.store import Store
from tests.factories import START, an_article, delivery_id

DELETION = Deletion(article_id=ArticleId("a1"), at=START, by="legal desk", reason="takedown")


def test_no_version_of_a_deleted_article_is_stored(store: Store) -> None:
    store.articles.create(an_article(), owner=delivery_id(1))
    store.articles.refuse(DELETION)

    with pytest.raises(DeletedArticleError, match="a1 was deleted by legal desk at 2026-01-01 00:00 UTC: takedown"):
        store.articles.create(an_article(), owner=delivery_id(2))
    with pytest.raises(DeletedArticleError):
        store.articles.add_version(an_article(text="More."), owner=delivery_id(3))

    assert store.articles.deletion(ArticleId("a1")) == DELETION
    assert store.articles.deletion(ArticleId("a2")) is None
    assert len(store.articles.versions(ArticleId("a1"))) == 1


def test_the_tombstones_of_several_articles_are_found_together(store: Store) -> None:
    store.articles.refuse(DELETION)

    assert store.articles.deletions([ArticleId("a2"), ArticleId("a1")]) == {ArticleId("a1"): DELETION}
    assert store.articles.deletions([]) == {}
