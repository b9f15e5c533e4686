"""Facets: the most frequent values of articles, by which a list is narrowed down."""

from __future__ import annotations

from copytaster.articles.facets import MOST_VALUES, FacetValue, facets_of
from copytaster.model.article import Entity, EntityType, Tag, Topic
from tests.factories import an_article


def names(*given: str) -> tuple[Entity, ...]:
    return tuple(Entity(name=each, type=EntityType.PERSON, count=2, spans=()) for each in given)


def test_each_article_counts_once_for_a_value_and_the_most_frequent_is_first() -> None:
    topic = Topic(code="medtop:1", name="ferries", score=1, why="ferry")
    articles = [
        an_article("a1", source="Quay", language="en", topics=(topic,), entities=names("Ann", "Mara", "Mara")),
        an_article("a2", source="Quay", language="en", topics=(topic,), entities=names("Mara")),
        an_article("a3", source="Kestrel", tags=(Tag(name="coast", rule="r", why="w"),)),
    ]

    facets = {each.filter: each.values for each in facets_of(articles)}

    assert facets["source"] == (FacetValue("Quay", "Quay", 2), FacetValue("Kestrel", "Kestrel", 1))
    assert facets["entity"] == (FacetValue("Mara", "Mara", 2), FacetValue("Ann", "Ann", 1))
    assert facets["topic"] == (FacetValue("medtop:1", "ferries", 2),)
    assert facets["tag"] == (FacetValue("coast", "coast", 1),)
    assert facets["format"] == (FacetValue("text", "text", 3),)


def test_what_no_article_has_is_no_facet() -> None:
    assert [each.filter for each in facets_of([an_article()])] == ["format"]
    assert facets_of([]) == []


def test_a_facet_has_only_its_most_frequent_values() -> None:
    articles = [an_article(f"a{number}", source=f"s{number % 20}") for number in range(41)]

    (source,) = (each for each in facets_of(articles) if each.filter == "source")

    assert len(source.values) == MOST_VALUES
    assert source.values[0] == FacetValue("s0", "s0", 3)
