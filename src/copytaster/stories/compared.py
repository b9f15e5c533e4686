"""An article that is compared with stories: its features, and its profile and index keys, which follow from them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property

import xxhash

from copytaster.model.article import Article
from copytaster.store.ports.stories import IndexKey
from copytaster.store.ports.term_frequencies import TermFrequencies, Terms
from copytaster.stories.choice import index_terms
from copytaster.stories.features import ArticleFeatures, features_of
from copytaster.stories.frequencies import DocumentFrequencies, counted_terms, frequencies_in_order
from copytaster.stories.profile import Profile

KEY_BITS = 48
"""Bits of an index key; see ``IndexKey``."""


class Compared:
    """A tagged article, when its first version was received, its features, and how rare its words are."""

    def __init__(
        self, article: Article, received_at: datetime, features: ArticleFeatures, frequencies: DocumentFrequencies
    ) -> None:
        self.article = article
        self.received_at = received_at
        self.features = features
        self.frequencies = frequencies

    @cached_property
    def keys(self) -> tuple[IndexKey, ...]:
        """The keys under which the article finds stories, the best first."""
        terms = index_terms(self.features, self.frequencies)
        hashes = (xxhash.xxh3_64_intdigest(each.encode("utf-8", "surrogatepass")) for each in terms)
        return tuple(IndexKey(each >> (64 - KEY_BITS)) for each in hashes)

    @cached_property
    def profile(self) -> Profile:
        """The profile of a story of this article only."""
        return Profile.of(self.features, self.frequencies)


def compared_uncounted(articles: Sequence[Article], frequencies: TermFrequencies) -> list[Compared]:
    """Return articles to be compared whose words are not to be counted; one round trip."""
    features = [features_of(each) for each in articles]
    terms = _terms(articles, features, new=False)
    counted = frequencies.count(terms) if terms else []
    return [
        Compared(article, article.received_at, found, DocumentFrequencies.of(own, counts))
        for article, found, own, counts in zip(articles, features, terms, counted, strict=True)
    ]


def compared_in_order(
    articles: Sequence[Article], received: Sequence[datetime], frequencies: TermFrequencies
) -> list[Compared]:
    """Return new articles to be compared, with their times of receipt, as if those before had been counted.

    ``count_words`` is to be called when they are placed. Cost: one round trip.
    """
    features = [features_of(each) for each in articles]
    terms = _terms(articles, features, new=False)
    known = frequencies_in_order(terms, frequencies.count(terms))
    return list(map(Compared, articles, received, features, known))


def count_words(placed: Sequence[Compared], frequencies: TermFrequencies) -> None:
    """Count the words of articles that are in stories now, each version once; one round trip."""
    if placed:
        frequencies.count(_terms([each.article for each in placed], [each.features for each in placed], new=True))


def _terms(articles: Sequence[Article], features: Sequence[ArticleFeatures], *, new: bool) -> list[Terms]:
    return [
        counted_terms(found, f"{each.id}:{each.version}", new=new)
        for found, each in zip(features, articles, strict=True)
    ]
