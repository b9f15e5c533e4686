"""Copies of copies: a text is compared with each earlier one, and may be nearer to a copy than to its original."""

from __future__ import annotations

from collections.abc import Callable

from copytaster.model.article import ArticleId


def first_original(article_id: ArticleId, original_of: Callable[[ArticleId], ArticleId | None]) -> ArticleId:
    """Return the article at the beginning of the copies that lead to this one; itself if it is none.

    ``original_of`` returns that of which an article is a copy, None if it is none. Versions that arrive late may make
    two articles copies of each other: then each is the first.
    """
    passed = set[ArticleId]()
    while article_id not in passed:
        passed.add(article_id)
        article_id = original_of(article_id) or article_id
    return article_id
