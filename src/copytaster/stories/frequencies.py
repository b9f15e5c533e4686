"""How rare the words of an article are among the stored articles, which is how they are weighted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from math import log

from copytaster.store.ports.term_frequencies import Frequencies, Terms
from copytaster.stories.features import ArticleFeatures, word_key
from copytaster.tagging.keywords.terms import RARITY, word_rarity

NAMESPACE = "stories"
"""Stories count stems, names and numbers, keywords count words: each has counters of its own."""

PRIOR_ARTICLES = 200
"""The weight, as a number of articles, of what is assumed about words: a new store knows nothing yet."""

ASSUMED_SHARES = {RARITY["common"]: 0.06, RARITY["frequent"]: 0.015}
"""The share of articles in which a common English word and a frequent one are assumed to be; the others are in none.
Without an assumption the first articles share "president" as if it were a name; shares of .1 and .03 help less."""


@dataclass(frozen=True)
class DocumentFrequencies:
    """How many of the ``articles`` contain a word. Has no slots: the rarities are computed once.

    ``assumed`` are the shares of articles that contain a word of the language, as far as they are known in advance.
    """

    articles: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    assumed: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, terms: Terms, counted: Frequencies) -> DocumentFrequencies:
        """Return the frequencies of ``terms`` as the store counted them."""
        assumed = _shares_in_english() if terms.language == namespace("en") else {}
        return cls(counted.articles, dict(zip(terms.terms, counted.counts, strict=True)), assumed)

    def rarity(self, key: str) -> float:
        """Return the inverse document frequency of a word: 1 for a word of this article alone, 0 for one of all."""
        return self._rarities.get(key, 1.0)

    @cached_property
    def _rarities(self) -> Mapping[str, float]:
        whole = log(self.articles + PRIOR_ARTICLES)
        assumed = self.assumed
        return {
            key: 1 - log(max(count, 1) + PRIOR_ARTICLES * assumed.get(key, 0.0)) / whole
            for key, count in self.counts.items()
        }


def counted_terms(features: ArticleFeatures, version: str, *, new: bool = True) -> Terms:
    """Return what ``TermFrequencies.count`` needs for the article; ``version`` identifies its version."""
    return Terms(version, namespace(features.language), features.keys, new)


def namespace(language: str) -> str:
    """Return the name of the counters of a language."""
    return f"{NAMESPACE}-{language}"


@cache
def _shares_in_english() -> Mapping[str, float]:
    found: dict[str, float] = {}
    for word, rarity in word_rarity().items():
        if rarity:
            key = word_key(word, "en")
            found[key] = max(found.get(key, 0.0), ASSUMED_SHARES[rarity])
    return found
