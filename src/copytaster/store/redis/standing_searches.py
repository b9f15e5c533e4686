"""The standing searches on the server: each change is one script over one hash slot.

Keys: ``searches``, hash: the documents by id. ``ids``, sorted set: their ids in alphabetical order. ``version``, plain
string: the number of the last change. ``changed`` and ``removed``, sorted sets: ids by the number of their last change.
``forgotten``, plain string: the number of the last removal that is not in the set any more. ``generation``, plain
string: names the data that has all searches of the archive.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from redis import Redis
from redis.commands.core import Script

from copytaster.model.standing_search import SearchId, StandingSearch
from copytaster.store.keys import Keys
from copytaster.store.ports.standing_searches import REMOVALS_KEPT, SearchChanges, SearchesVersion, SearchPage
from copytaster.store.redis.client import script, text, transient_errors


class RedisStandingSearches:
    """Implements ``StandingSearches``."""

    def __init__(self, client: Redis, keys: Keys) -> None:
        self._client = client
        self._prefix = keys.searches()
        self._write = script(client, "search_write")
        self._remove = script(client, "search_remove")

    def version(self) -> SearchesVersion:
        """Return the version; see ``StandingSearches.version``."""
        with transient_errors():
            generation, number = self._client.mget(self._key("generation"), self._key("version"))
        return _version(generation, number)

    def begin_generation(self) -> None:
        """Note that all searches are here; see ``StandingSearches.begin_generation``."""
        with transient_errors():
            self._client.set(self._key("generation"), secrets.token_hex(8), nx=True)

    def write(self, searches: Sequence[StandingSearch], *, unless_changed_since: int | None = None) -> bool:
        """Add or replace searches; see ``StandingSearches.write``."""
        expected = "" if unless_changed_since is None else str(unless_changed_since)
        documents = [part for each in searches for part in (each.id, each.model_dump_json(exclude_none=True))]
        return bool(self._run(self._write, [expected, *documents]))

    def remove(self, search_id: SearchId) -> None:
        """Remove a search; see ``StandingSearches.remove``."""
        self._run(self._remove, [search_id, REMOVALS_KEPT])

    def changes(self, since: SearchesVersion, *, limit: int) -> SearchChanges:
        """Return changes; see ``StandingSearches.changes``."""
        known = since.number
        with transient_errors():
            generation, number, forgotten = self._client.mget(map(self._key, ("generation", "version", "forgotten")))
            present = _version(generation, number)
            anew = present.generation != since.generation or not int(forgotten or 0) <= known <= present.number
            start = 0 if anew else known
            pipe = self._client.pipeline(transaction=True)
            for name in ("changed", "removed"):
                pipe.zrange(
                    self._key(name), f"({start}", present.number, byscore=True, withscores=True, offset=0, num=limit
                )
            changed, removed = pipe.execute()
            documents: Any = self._client.hmget(self._key("searches"), [name for name, _ in changed]) if changed else []
        more = len(changed) == limit or len(removed) == limit
        ends = [int(rows[-1][1]) for rows in (changed, removed) if len(rows) == limit]
        end = min(ends, default=present.number)
        return SearchChanges(
            searches=tuple(StandingSearch.model_validate_json(each) for each in documents if each),
            removed=tuple(SearchId(text(name)) for name, _ in removed),
            version=SearchesVersion(present.generation, end),
            anew=anew,
            more=more,
        )

    def get(self, search_id: SearchId) -> StandingSearch | None:
        """Return a search; see ``StandingSearches.get``."""
        with transient_errors():
            document: Any = self._client.hget(self._key("searches"), search_id)
        return StandingSearch.model_validate_json(document) if document else None

    def page(self, *, cursor: SearchId | None, limit: int) -> SearchPage:
        """Return searches; see ``StandingSearches.page``."""
        before = f"({cursor}" if cursor else "+"
        with transient_errors():
            ids: Any = self._client.zrevrangebylex(self._key("ids"), before, "-", start=0, num=limit + 1)
            documents: Any = self._client.hmget(self._key("searches"), ids[:limit]) if ids else []
        searches = tuple(StandingSearch.model_validate_json(each) for each in documents if each)
        return SearchPage(searches, SearchId(text(ids[limit - 1])) if len(ids) > limit else None)

    def count(self) -> int:
        """Return the number; see ``StandingSearches.count``."""
        with transient_errors():
            number: Any = self._client.zcard(self._key("ids"))
        return int(number)

    def ids(self) -> list[SearchId]:
        """Return the ids; see ``StandingSearches.ids``."""
        with transient_errors():
            found: Any = self._client.zrange(self._key("ids"), 0, -1)
        return [SearchId(text(each)) for each in found]

    def _key(self, name: str) -> str:
        return f"{self._prefix}{name}"

    def _run(self, of: Script, arguments: Sequence[str | int]) -> Any:
        with transient_errors():
            return of(keys=[self._prefix], args=arguments)


def _version(generation: Any, number: Any) -> SearchesVersion:
    return SearchesVersion(text(generation) if generation else None, int(number or 0))
