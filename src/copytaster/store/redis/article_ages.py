"""How old articles are, on the server: the time of each one's last change, and pins and tombstones of persons."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from redis import Redis

from copytaster.clock import from_milliseconds, milliseconds
from copytaster.model.article import ArticleId
from copytaster.model.deletion import Deletion
from copytaster.model.pin import Pin
from copytaster.store.keys import Keys
from copytaster.store.redis.client import text, transient_errors

NEVER = milliseconds(datetime(9999, 1, 1, tzinfo=UTC))
"""The time of the last change of a pinned article, which no age ever reaches."""


class RedisArticleAges:
    """Implements the part of ``Articles`` about last changes, pins and tombstones."""

    def __init__(self, client: Redis, keys: Keys) -> None:
        self._client = client
        self._keys = keys

    def refuse(self, deletion: Deletion) -> None:
        """Store a tombstone; see ``Articles.refuse``."""
        with transient_errors():
            self._client.set(self._keys.deleted(deletion.article_id), deletion.model_dump_json(exclude_none=True))

    def deletions(self, article_ids: Sequence[ArticleId]) -> dict[ArticleId, Deletion]:
        """Return tombstones; see ``Articles.deletions``."""
        with transient_errors():
            pipe = self._client.pipeline(transaction=False)
            for each in article_ids:
                pipe.get(self._keys.deleted(each))
            found = zip(article_ids, pipe.execute(), strict=True)
        return {name: Deletion.model_validate_json(each) for name, each in found if each}

    def deletion(self, article_id: ArticleId) -> Deletion | None:
        """Return the tombstone; see ``Articles.deletion``."""
        return self.deletions([article_id]).get(article_id)

    def pin(self, article_id: ArticleId, pin: Pin) -> None:
        """Pin an article; see ``Articles.pin``. Its last change is in a far future, which no later one replaces."""
        with transient_errors():
            pipe = self._client.pipeline(transaction=True)
            pipe.hset(self._keys.pins(), str(article_id), pin.model_dump_json(exclude_none=True))
            pipe.zadd(self._keys.changed(), {str(article_id): NEVER})
            pipe.execute()

    def pins(self, article_ids: Sequence[ArticleId]) -> dict[ArticleId, Pin]:
        """Return pins; see ``Articles.pins``."""
        with transient_errors():
            names = [str(each) for each in article_ids]
            found: Any = self._client.hmget(self._keys.pins(), names) if names else []
        stored = zip(article_ids, found, strict=True)
        return {name: Pin.model_validate_json(each) for name, each in stored if each}

    def postpone(self, article_id: ArticleId, *, until: datetime) -> None:
        """Treat an article as changed; see ``Articles.postpone``."""
        with transient_errors():
            self._client.zadd(self._keys.changed(), {str(article_id): milliseconds(until)}, xx=True, gt=True)

    def unchanged(self, *, before: datetime, limit: int) -> list[ArticleId]:
        """Return articles without a change since ``before``; see ``Articles.unchanged``."""
        end = f"({milliseconds(before)}"
        with transient_errors():
            found = self._client.zrange(self._keys.changed(), "-inf", end, byscore=True, offset=0, num=limit)
        return [ArticleId(text(each)) for each in found]

    def count_unchanged(self, *, before: datetime) -> int:
        """Return the number of articles without a change since ``before``; see ``Articles.count_unchanged``."""
        with transient_errors():
            return int(self._client.zcount(self._keys.changed(), "-inf", f"({milliseconds(before)}"))

    def last_changes(self, article_ids: Sequence[ArticleId]) -> dict[ArticleId, datetime]:
        """Return the times of the last changes; see ``Articles.last_changes``."""
        with transient_errors():
            found: Any = self._client.zmscore(self._keys.changed(), list(map(str, article_ids))) if article_ids else []
        known = zip(article_ids, found, strict=True)
        return {name: from_milliseconds(int(at)) for name, at in known if at is not None and at < NEVER}

    def oldest_change(self) -> datetime | None:
        """Return the earliest last change; see ``Articles.oldest_change``."""
        with transient_errors():
            first: Any = self._client.zrange(self._keys.changed(), 0, 0, withscores=True)
        return from_milliseconds(int(first[0][1])) if first and first[0][1] < NEVER else None
