"""Facets: which sources, topics, names, tags and languages articles have, and how many of the articles each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from copytaster.model.article import Article

MOST_VALUES = 8
"""Values of a facet: as many as a person takes in at a glance."""


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value by which a list can be filtered, its name for people, and how many of the articles have it."""

    value: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Facet:
    """The most frequent values of a filter."""

    filter: str
    values: tuple[FacetValue, ...]


Labels = Callable[[Article], Iterable[tuple[str, str]]]
"""Returns the values that an article has, each with its name for people."""

FACETS: Mapping[str, Labels] = {
    "source": lambda article: [(article.source, article.source)] if article.source else [],
    "topic": lambda article: [(each.code, each.name) for each in article.topics or ()],
    "entity": lambda article: [(each.name, each.name) for each in article.entities or ()],
    "tag": lambda article: [(each.name, each.name) for each in article.tags],
    "language": lambda article: [(article.language, article.language)] if article.language else [],
    "format": lambda article: [(article.format, article.format)],
}
"""The facets by the name of their filter, in the order in which people narrow a list down."""


def facets_of(articles: Sequence[Article]) -> list[Facet]:
    """Return the facets of these articles that have a value, the most frequent values first."""
    facets = [_facet(name, labels, articles) for name, labels in FACETS.items()]
    return [each for each in facets if each.values]


def _facet(name: str, labels: Labels, articles: Sequence[Article]) -> Facet:
    # An article counts once for a value, however often it has it.
    counts = Counter(found for article in articles for found in dict.fromkeys(labels(article)))
    values = [FacetValue(value, label, count) for (value, label), count in counts.most_common(MOST_VALUES)]
    return Facet(name, tuple(values))
