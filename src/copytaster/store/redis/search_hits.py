"""The hits of standing searches on the server.

Keys: ``position``, plain string: the position in the event stream up to which articles were matched. ``matches``, list:
the matches of the last batch. ``matched:`` with an article, set that expires: the searches that it met. ``hits:`` with
a search, list: its newest hits, the latest first. ``counts``, hash: the number of hits by search.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from redis import Redis

from copytaster.clock import from_milliseconds, milliseconds
from copytaster.model.article import ArticleId
from copytaster.model.standing_search import HitCount, Match, SearchHit, SearchId
from copytaster.store.keys import Keys
from copytaster.store.ports.search_hits import HITS_KEPT, REMEMBERED, MatchBatch
from copytaster.store.redis.client import script, text, transient_errors


class RedisSearchHits:
    """Implements ``SearchHits``."""

    def __init__(self, client: Redis, keys: Keys) -> None:
        self._client = client
        self._prefix = keys.searches()
        self._record = script(client, "search_record")

    def last_batch(self) -> MatchBatch:
        """Return the last batch; see ``SearchHits.last_batch``."""
        with transient_errors():
            pipe = self._client.pipeline(transaction=True)
            pipe.get(self._key("position"))
            pipe.lrange(self._key("matches"), 0, -1)
            position, matches = pipe.execute()
        return MatchBatch(text(position) if position else None, tuple(map(Match.model_validate_json, matches)))

    def known(self, article_ids: Sequence[ArticleId]) -> Mapping[ArticleId, frozenset[SearchId]]:
        """Return known searches; see ``SearchHits.known``."""
        with transient_errors():
            pipe = self._client.pipeline(transaction=False)
            for each in article_ids:
                pipe.smembers(self._key(f"matched:{each}"))
            found = pipe.execute()
        return {
            article_id: frozenset(SearchId(text(each)) for each in names)
            for article_id, names in zip(article_ids, found, strict=True)
        }

    def record(self, matches: Sequence[Match], *, after: str | None, position: str, generation: str | None) -> bool:
        """Record a batch; see ``SearchHits.record``."""
        arguments: list[str | int] = [after or "", position, generation or "", HITS_KEPT, milliseconds(REMEMBERED)]
        for each in matches:
            arguments += [each.model_dump_json(), each.article_id, milliseconds(each.at), len(each.searches)]
            arguments += [search.id for search in each.searches]
        with transient_errors():
            return bool(self._record(keys=[self._prefix], args=arguments))

    def newest(self, search_id: SearchId, *, limit: int) -> list[SearchHit]:
        """Return hits; see ``SearchHits.newest``."""
        with transient_errors():
            rows: Any = self._client.lrange(self._key(f"hits:{search_id}"), 0, limit - 1)
        return [_hit(each) for each in rows]

    def counts(self, search_ids: Sequence[SearchId]) -> list[HitCount]:
        """Return counts; see ``SearchHits.counts``."""
        if not search_ids:
            return []
        with transient_errors():
            pipe = self._client.pipeline(transaction=False)
            pipe.hmget(self._key("counts"), search_ids)
            for each in search_ids:
                pipe.lindex(self._key(f"hits:{each}"), 0)
            numbers, *last = pipe.execute()
        return [
            HitCount(hits=int(number or 0), last_hit_at=_hit(row).at if row else None)
            for number, row in zip(numbers, last, strict=True)
        ]

    def _key(self, name: str) -> str:
        return f"{self._prefix}{name}"


def _hit(row: Any) -> SearchHit:
    at, article_id = text(row).split(" ", 1)
    return SearchHit(article_id=ArticleId(article_id), at=from_milliseconds(int(at)))
