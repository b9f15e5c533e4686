"""The hits of standing searches in memory."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping, Sequence

from copytaster.model.article import ArticleId
from copytaster.model.standing_search import HitCount, Match, SearchHit, SearchId
from copytaster.store.ports.search_hits import HITS_KEPT, MatchBatch


class MemorySearchHits:
    """Implements ``SearchHits``; ``listed`` are the searches of the ``generation``. It forgets nothing by its age."""

    def __init__(self) -> None:
        self.listed = frozenset[SearchId]()
        self.generation: str | None = None
        self._lock = threading.RLock()
        self._last = MatchBatch(None, ())
        self._known: dict[ArticleId, frozenset[SearchId]] = {}
        self._newest: dict[SearchId, list[SearchHit]] = {}
        self._counts = Counter[SearchId]()

    def last_batch(self) -> MatchBatch:
        """Return the last batch; see ``SearchHits.last_batch``."""
        return self._last

    def known(self, article_ids: Sequence[ArticleId]) -> Mapping[ArticleId, frozenset[SearchId]]:
        """Return known searches; see ``SearchHits.known``."""
        return {each: self._known.get(each, frozenset()) for each in article_ids}

    def record(self, matches: Sequence[Match], *, after: str | None, position: str, generation: str | None) -> bool:
        """Record a batch; see ``SearchHits.record``."""
        with self._lock:
            if (self._last.position, self.generation) != (after, generation):
                return False
            self._last = MatchBatch(position, tuple(matches))
            for match in matches:
                ids = [each.id for each in match.searches]
                self._known[match.article_id] = self._known.get(match.article_id, frozenset()) | {*ids}
                for each in self.listed.intersection(ids):
                    hit = SearchHit(article_id=match.article_id, at=match.at)
                    self._newest[each] = [hit, *self._newest.get(each, ())][:HITS_KEPT]
                    self._counts[each] += 1
            return True

    def newest(self, search_id: SearchId, *, limit: int) -> list[SearchHit]:
        """Return hits; see ``SearchHits.newest``."""
        return self._newest.get(search_id, [])[:limit]

    def counts(self, search_ids: Sequence[SearchId]) -> list[HitCount]:
        """Return counts; see ``SearchHits.counts``."""
        newest = [self._newest.get(each) for each in search_ids]
        return [
            HitCount(hits=self._counts[each], last_hit_at=hits[0].at if hits else None)
            for each, hits in zip(search_ids, newest, strict=True)
        ]

    def forget(self, search_id: SearchId) -> None:
        """Remove the hits of a search that was removed; called by the searches only."""
        with self._lock:
            self._newest.pop(search_id, None)
            self._counts.pop(search_id, None)
