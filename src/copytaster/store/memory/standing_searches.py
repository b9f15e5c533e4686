"""The standing searches in memory."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Sequence

from copytaster.model.standing_search import SearchId, StandingSearch
from copytaster.store.memory.search_hits import MemorySearchHits
from copytaster.store.ports.standing_searches import REMOVALS_KEPT, SearchChanges, SearchesVersion, SearchPage


class MemoryStandingSearches:
    """Implements ``StandingSearches``."""

    def __init__(self, hits: MemorySearchHits) -> None:
        self._hits = hits
        self._lock = threading.RLock()
        self._version = SearchesVersion()
        self._forgotten = 0
        self._searches: dict[SearchId, StandingSearch] = {}
        self._changed: dict[SearchId, int] = {}
        self._removed: dict[SearchId, int] = {}

    def version(self) -> SearchesVersion:
        """Return the version; see ``StandingSearches.version``."""
        return self._version

    def begin_generation(self) -> None:
        """Note that all searches are here; see ``StandingSearches.begin_generation``."""
        with self._lock:
            if self._version.generation is None:
                self._version = SearchesVersion(secrets.token_hex(8), self._version.number)
                self._hits.generation = self._version.generation

    def write(self, searches: Sequence[StandingSearch], *, unless_changed_since: int | None = None) -> bool:
        """Add or replace searches; see ``StandingSearches.write``."""
        with self._lock:
            if unless_changed_since not in {None, self._version.number}:
                return False
            for each in searches:
                self._searches[each.id] = each
                self._changed[each.id] = self._next_number()
                self._removed.pop(each.id, None)
            self._hits.listed = frozenset(self._searches)
            return True

    def remove(self, search_id: SearchId) -> None:
        """Remove a search; see ``StandingSearches.remove``."""
        with self._lock:
            if self._searches.pop(search_id, None) is None:
                return
            del self._changed[search_id]
            self._removed[search_id] = self._next_number()
            self._hits.listed = frozenset(self._searches)
            self._hits.forget(search_id)
            while len(self._removed) > REMOVALS_KEPT:
                self._forgotten = self._removed.pop(min(self._removed, key=self._removed.__getitem__))

    def changes(self, since: SearchesVersion, *, limit: int) -> SearchChanges:
        """Return changes; see ``StandingSearches.changes``."""
        with self._lock:
            present = self._version
            anew = present.generation != since.generation or not self._forgotten <= since.number <= present.number
            start = 0 if anew else since.number
            changed, removed = (_after(start, each)[:limit] for each in (self._changed, self._removed))
            ends = [
                numbers[rows[-1]]
                for rows, numbers in ((changed, self._changed), (removed, self._removed))
                if len(rows) == limit
            ]
            return SearchChanges(
                searches=tuple(self._searches[each] for each in changed),
                removed=tuple(removed),
                version=SearchesVersion(present.generation, min(ends, default=present.number)),
                anew=anew,
                more=bool(ends),
            )

    def get(self, search_id: SearchId) -> StandingSearch | None:
        """Return a search; see ``StandingSearches.get``."""
        return self._searches.get(search_id)

    def page(self, *, cursor: SearchId | None, limit: int) -> SearchPage:
        """Return searches; see ``StandingSearches.page``."""
        found = [each for each in sorted(self._searches, reverse=True) if cursor is None or each < cursor]
        page = tuple(self._searches[each] for each in found[:limit])
        return SearchPage(page, found[limit - 1] if len(found) > limit else None)

    def count(self) -> int:
        """Return the number; see ``StandingSearches.count``."""
        return len(self._searches)

    def ids(self) -> list[SearchId]:
        """Return the ids; see ``StandingSearches.ids``."""
        return sorted(self._searches)

    def _next_number(self) -> int:
        self._version = SearchesVersion(self._version.generation, self._version.number + 1)
        return self._version.number


def _after(start: int, numbers: dict[SearchId, int]) -> list[SearchId]:
    return sorted((each for each, number in numbers.items() if number > start), key=numbers.__getitem__)
