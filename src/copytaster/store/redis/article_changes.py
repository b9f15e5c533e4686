"""Changes of articles by persons, one after another, on the server."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from redis import Redis

from copytaster.clock import milliseconds
from copytaster.model.article import ArticleId
from copytaster.store.keys import Keys
from copytaster.store.ports.articles import ChangeStart
from copytaster.store.redis.article_ages import RedisArticleAges
from copytaster.store.redis.client import script, text, transient_errors


class RedisArticleChanges(RedisArticleAges):
    """Implements the part of ``Articles`` about the state of an article, and who changes it."""

    def __init__(self, client: Redis, keys: Keys) -> None:
        super().__init__(client, keys)
        self._state = script(client, "article_state", shared=["pieces", "only_version", "article_state"])
        self._begin_change = script(client, "begin_change", shared=["pieces", "only_version", "article_state"])
        self._end_change = script(client, "end_change")

    def state(self, article_id: ArticleId) -> str:
        """Return what identifies the state; see ``Articles.state``."""
        with transient_errors():
            return text(self._state(keys=self._stated_keys(article_id)))

    def begin_change(
        self, article_id: ArticleId, *, owner: str, lease: timedelta, state: str | None = None
    ) -> ChangeStart:
        """Begin a change; see ``Articles.begin_change``."""
        keys = [*self._stated_keys(article_id), self._keys.change(article_id)]
        with transient_errors():
            reply: Any = self._begin_change(keys=keys, args=[owner, milliseconds(lease), state or ""])
        return ChangeStart(reply)

    def end_change(self, article_id: ArticleId, *, owner: str) -> None:
        """End a change; see ``Articles.end_change``."""
        keys = [self._keys.article(article_id), self._keys.change(article_id)]
        with transient_errors():
            self._end_change(keys=keys, args=[owner])

    def _stated_keys(self, article_id: ArticleId) -> list[str]:
        return [self._keys.article(article_id), self._keys.duplicates(article_id)]
