"""Reading articles of which some cannot be read: these hide no others.

A newer release may have written them, to which they are left, or their records have changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import TypeVar

import structlog

from copytaster.errors import DamagedRecordError, NewerRecordError
from copytaster.model.article import Article, ArticleId

log = structlog.get_logger(__name__)

Form = TypeVar("Form")

REPORTED = 1_000
"""Messages that a process remembers, so that a page that is read every second reports a damaged article once."""


def readable(
    article_ids: Sequence[ArticleId], load: Callable[[Sequence[ArticleId]], list[Article]]
) -> tuple[list[Article], list[ArticleId]]:
    """Return the articles that this release can read, and the ids of those that it cannot.

    Raises what ``load`` raises but ``NewerRecordError`` and ``DamagedRecordError``. Cost: one call, and if there are
    such articles one for each.
    """
    try:
        return load(article_ids), []
    except (NewerRecordError, DamagedRecordError):
        found, unreadable = list[Article](), list[ArticleId]()
    for each in article_ids:
        try:
            found += load([each])
        except NewerRecordError:
            unreadable.append(each)
        except DamagedRecordError as error:
            _report(each, str(error))
            unreadable.append(each)
    return found, unreadable


def undamaged(article_ids: Iterable[ArticleId], load: Callable[[Sequence[ArticleId]], list[Form]]) -> list[Form]:
    """Return the articles without those whose records are damaged, which are logged: for lists.

    Raises what ``load`` raises but ``DamagedRecordError``. Cost: one call, and one for each damaged article.
    """
    left = list(dict.fromkeys(article_ids))
    while left:
        try:
            return load(left)
        except DamagedRecordError as error:
            _report(error.article_id, str(error))
            left.remove(ArticleId(error.article_id))
    return []


@lru_cache(maxsize=REPORTED)
def _report(article_id: str, why: str) -> None:
    log.error("article.damaged", article_id=article_id, why=why, next="lists leave it out")
