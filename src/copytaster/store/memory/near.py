"""The index of near-duplicates in this process's memory."""

from __future__ import annotations

import threading
from collections import defaultdict
from datetime import datetime

from copytaster.article import ArticleId
from copytaster.dedup.index import Candidate
from copytaster.dedup.signature import Signature


class MemoryNearIndex:
    """See ``copytaster.dedup.index.NearIndex``; it forgets nothing."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._entries: dict[ArticleId, Candidate] = {}
        self._bands: defaultdict[str, set[ArticleId]] = defaultdict(set)

    def add(self, article_id: ArticleId, signature: Signature, *, at: datetime) -> int:
        """Add the article; see ``NearIndex.add``."""
        del at
        with self._lock:
            for band in signature.bands():
                self._bands[band].add(article_id)
            entry = Candidate(article_id, len(self._entries) + 1, signature)
            return self._entries.setdefault(article_id, entry).sequence

    def earlier(self, article_id: ArticleId, signature: Signature) -> list[Candidate]:
        """Return earlier articles; see ``NearIndex.earlier``."""
        own = self._entries[article_id].sequence
        return [each for each in self.alike(signature) if each.sequence < own]

    def alike(self, signature: Signature) -> list[Candidate]:
        """Return all that share a band; see ``NearIndex.alike``."""
        with self._lock:
            found = {each for band in signature.bands() for each in self._bands[band]}
            return sorted((self._entries[each] for each in found), key=lambda each: each.sequence)
