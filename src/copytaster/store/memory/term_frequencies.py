"""The term frequencies in memory."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from copytaster.store.ports.term_frequencies import GENERATION, Frequencies, Terms


@dataclass(slots=True)
class _Counted:
    articles: int = 0
    terms: Counter[str] = field(default_factory=Counter)


class MemoryTermFrequencies:
    """Implements ``TermFrequencies``. Counts are exact; versions are never forgotten."""

    def __init__(self, generation: int = GENERATION) -> None:
        self._generation = generation
        self._lock = threading.Lock()
        self._versions: set[str] = set()
        self._present: defaultdict[str, _Counted] = defaultdict(_Counted)
        self._former: defaultdict[str, _Counted] = defaultdict(_Counted)

    def count(self, batch: Sequence[Terms]) -> list[Frequencies]:
        """Count and return frequencies; see ``TermFrequencies.count``."""
        with self._lock:
            return [self._count(each) for each in batch]

    def _count(self, terms: Terms) -> Frequencies:
        present, former = self._present[terms.language], self._former[terms.language]
        if terms.new and terms.version not in self._versions:
            self._versions.add(terms.version)
            present.articles += 1
            present.terms.update(set(terms.terms))
        if present.articles >= self._generation:
            self._former[terms.language] = present
            self._present[terms.language] = _Counted()
        counts = tuple(present.terms[each] + former.terms[each] for each in terms.terms)
        return Frequencies(present.articles + former.articles, counts)
