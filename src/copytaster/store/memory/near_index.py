"""The near-duplicate index in memory."""

from __future__ import annotations

import itertools
import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from copytaster.dedup.candidates import Candidate, most_in_common, within
from copytaster.dedup.signature import Signature
from copytaster.model.article import ArticleId
from copytaster.store.ports.near_index import Signed

WINDOW = timedelta(days=30)
"""The default of ``COPYTASTER_NEAR_DAYS``."""


class MemoryNearIndex:
    """Implements ``NearIndex``; nothing expires, but only the window is searched."""

    def __init__(self, window: timedelta = WINDOW) -> None:
        self._window = window
        self._lock = threading.RLock()
        self._numbers = itertools.count(1)
        self._entries: dict[ArticleId, list[Candidate]] = {}
        self._postings: defaultdict[int, list[ArticleId]] = defaultdict(list)

    def add(self, article_id: ArticleId, signature: Signature, *, at: datetime) -> int:
        """Add the article; see ``NearIndex.add``."""
        with self._lock:
            for posting in signature.postings:
                if article_id not in self._postings[posting]:
                    self._postings[posting].append(article_id)
            known = self._entries.get(article_id, [])
            sequence = known[0].sequence if known else next(self._numbers)
            entry = Candidate(article_id, sequence, signature, at)
            self._entries[article_id] = known if entry in known else [*known, entry]
            return sequence

    def find_earlier(self, article_id: ArticleId, signature: Signature, *, at: datetime) -> list[Candidate]:
        """Return earlier articles; see ``NearIndex.find_earlier``."""
        own = self._entries[article_id][0].sequence
        return [each for each in self.find_similar(signature, at=at) if each.sequence < own]

    def add_and_find(self, article_id: ArticleId, signature: Signature, *, at: datetime) -> list[Candidate]:
        """Add the article and return earlier ones; see ``NearIndex.add_and_find``."""
        self.add(article_id, signature, at=at)
        return self.find_earlier(article_id, signature, at=at)

    def add_and_find_many(self, articles: Sequence[Signed]) -> list[list[Candidate]]:
        """Add articles and return earlier ones; see ``NearIndex.add_and_find_many``."""
        return [self.add_and_find(each.article_id, each.signature, at=each.at) for each in articles]

    def find_similar(self, signature: Signature, *, at: datetime) -> list[Candidate]:
        """Return all candidates; see ``NearIndex.find_similar``."""
        with self._lock:
            found = most_in_common(self._postings.get(posting, ()) for posting in signature.postings)
            candidates = (each for article_id in found for each in self._entries[article_id])
            return sorted((each for each in candidates if within(each.at, at, self._window)), key=lambda c: c.sequence)

    def contained(self, article_ids: Sequence[ArticleId]) -> frozenset[ArticleId]:
        """Return those that the index has; see ``NearIndex.contained``."""
        return frozenset(article_ids) & self._entries.keys()

    def remove(self, article_id: ArticleId, signatures: Sequence[tuple[Signature, datetime]]) -> None:
        """Remove the article; see ``NearIndex.remove``. The signatures are stored with their postings here."""
        del signatures
        with self._lock:
            for entry in self._entries.pop(article_id, []):
                for posting in entry.signature.postings:
                    self._postings[posting] = [each for each in self._postings[posting] if each != article_id]

    def remove_many(self, articles: Mapping[ArticleId, Sequence[tuple[Signature, datetime]]]) -> None:
        """Remove articles; see ``NearIndex.remove_many``."""
        for each, signatures in articles.items():
            self.remove(each, signatures)
