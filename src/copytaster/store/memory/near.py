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
        self._entries: dict[ArticleId, list[Candidate]] = {}
        self._bands: defaultdict[str, set[ArticleId]] = defaultdict(set)

    def add(self, article_id: ArticleId, signature: Signature, *, at: datetime) -> int:
        """Add the article; see ``NearIndex.add``."""
        del at
        with self._lock:
            for band in signature.bands():
                self._bands[band].add(article_id)
            known = self._entries.get(article_id, [])
            sequence = known[0].sequence if known else len(self._entries) + 1
            entry = Candidate(article_id, sequence, signature)
            self._entries[article_id] = known if entry in known else [*known, entry]
            return sequence

    def earlier(self, article_id: ArticleId, signature: Signature) -> list[Candidate]:
        """Return earlier articles; see ``NearIndex.earlier``."""
        own = self._entries[article_id][0].sequence
        return [each for each in self.alike(signature) if each.sequence < own]

    def alike(self, signature: Signature) -> list[Candidate]:
        """Return all that share a band; see ``NearIndex.alike``."""
        with self._lock:
            found = {each for band in signature.bands() for each in self._bands[band]}
            candidates = (each for article_id in found for each in self._entries[article_id])
            return sorted(candidates, key=lambda each: each.sequence)
