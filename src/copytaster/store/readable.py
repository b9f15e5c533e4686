"""Reading articles of which a newer release may have written some: these are left to it, and hide no others."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from copytaster.errors import NewerRecordError
from copytaster.model.article import Article, ArticleId


def readable(
    article_ids: Sequence[ArticleId], load: Callable[[Sequence[ArticleId]], list[Article]]
) -> tuple[list[Article], list[ArticleId]]:
    """Return the articles that this release can read, and the ids of those that it cannot.

    Raises what ``load`` raises but ``NewerRecordError``. Cost: one call, and if there are such articles one for each.
    """
    try:
        return load(article_ids), []
    except NewerRecordError:
        found, unreadable = list[Article](), list[ArticleId]()
    for each in article_ids:
        try:
            found += load([each])
        except NewerRecordError:
            unreadable.append(each)
    return found, unreadable
