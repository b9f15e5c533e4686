"""How rare the words of an article are among the stored articles, which is how they are weighted."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import log

from copytaster.store.ports.term_frequencies import Frequencies, Terms
from copytaster.stories.features import ArticleFeatures

NAMESPACE = "stories"
"""Stories count stems, names and numbers, keywords count words: each has counters of its own."""

PRIOR_ARTICLES = 50
"""The weight, as a number of articles, of the assumption that a word is rare: a new store knows nothing yet."""


@dataclass(frozen=True)
class DocumentFrequencies:
    """How many of the ``articles`` contain a word. Has no slots: the rarities are computed once."""

    articles: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, terms: Terms, counted: Frequencies) -> DocumentFrequencies:
        """Return the frequencies of ``terms`` as the store counted them."""
        return cls(counted.articles, dict(zip(terms.terms, counted.counts, strict=True)))

    def rarity(self, key: str) -> float:
        """Return the inverse document frequency of a word: 1 for a word of this article alone, 0 for one of all."""
        return self._rarities.get(key, 1.0)

    @cached_property
    def _rarities(self) -> Mapping[str, float]:
        whole = log(self.articles + PRIOR_ARTICLES)
        return {key: 1 - log(max(count, 1)) / whole for key, count in self.counts.items()}


def counted_terms(features: ArticleFeatures, version: str, *, new: bool = True) -> Terms:
    """Return what ``TermFrequencies.count`` needs for the article; ``version`` identifies its version."""
    return Terms(version, f"{NAMESPACE}-{features.language}", features.keys, new)


def frequencies_in_order(terms: Sequence[Terms], counted: Sequence[Frequencies]) -> list[DocumentFrequencies]:
    """Return the frequencies of articles that are not counted yet, as if each and those before it had been."""
    articles: Counter[str] = Counter()
    words: defaultdict[str, Counter[str]] = defaultdict(Counter)
    found = []
    for each, known in zip(terms, counted, strict=True):
        own = words[each.language]
        articles[each.language] += 1
        own.update(each.terms)
        counts = {term: count + own[term] for term, count in zip(each.terms, known.counts, strict=True)}
        found.append(DocumentFrequencies(known.articles + articles[each.language], counts))
    return found
