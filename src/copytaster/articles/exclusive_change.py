"""Changes of an article by persons: one after another, and on demand only of the state that the person has read."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from copytaster.articles.views import show_article
from copytaster.clock import Clock
from copytaster.errors import CopytasterError, TransientError
from copytaster.model.article import Article, ArticleId
from copytaster.store.ports.articles import ChangeStart
from copytaster.store.store import Store

Expected = Callable[[Article], bool]
"""Whether an article, as a reader sees it, is in the state on which a decision is based."""

LEASE = timedelta(seconds=60)
"""Longest time of one change: it writes to the archive, which may take seconds on a network."""

PATIENCE_SECONDS = 5.0
"""Time for which a change without a condition waits for another one of the same article."""

POLL_SECONDS = 0.05


class OtherStateError(CopytasterError):
    """The article is not in the state on which the decision is based."""

    def __init__(self, article_id: ArticleId) -> None:
        super().__init__(
            f"article {article_id} is not in the state that the decision is about, or is being changed at this moment;"
            " read it again, and decide again"
        )


@contextmanager
def exclusive_change(
    article_id: ArticleId, store: Store, clock: Clock, *, expected: Expected | None = None
) -> Iterator[None]:
    """Let nobody else change the article in the block.

    With ``expected``, the block is entered only if the article is in a state for which it holds, and the store compares
    that state in the moment in which the change begins. The block is also entered for an unknown article. Raises
    ``OtherStateError``, and ``TransientError``, also if another change of the article does not end. Cost: two
    commands, and with ``expected`` those of ``show_article`` and one more.
    """
    owner = secrets.token_hex(8)
    _begin(article_id, store, owner, _expected_state(article_id, store, clock, expected) if expected else None)
    try:
        yield
    finally:
        store.articles.end_change(article_id, owner=owner)


def _expected_state(article_id: ArticleId, store: Store, clock: Clock, expected: Expected) -> str:
    """Return the state of the article, which was read before the article itself: if it changes between, it differs."""
    state = store.articles.state(article_id)
    article = show_article(article_id, store, now=clock.now())
    if article is not None and not expected(article):
        raise OtherStateError(article_id)
    return state


def _begin(article_id: ArticleId, store: Store, owner: str, state: str | None) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        match store.articles.begin_change(article_id, owner=owner, lease=LEASE, state=state):
            case ChangeStart.BEGUN:
                return
            case ChangeStart.BUSY if state is None:
                if time.monotonic() >= deadline:
                    raise TransientError(f"article {article_id} is being changed by somebody else; try again later")
                time.sleep(POLL_SECONDS)
            case _:
                raise OtherStateError(article_id)
