from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.model.article import Article, ArticleId, Relation, RelationKind
from copytaster.store.ports.stories import founded_story
from copytaster.store.store import Store
from copytaster.stories.story import join_story
from tests.factories import START, an_article, delivery_id

if TYPE_CHECKING:
    from tests.conftest import MakeStore

MAX_ARTICLES = 9


def name(number: int) -> ArticleId:
    return ArticleId(f"a{number}")


def relation(of: int) -> Relation:
    return Relation(kind=RelationKind.RELATED, of=name(of), score=0.6)


@st.composite
def newsrooms(draw: st.DrawFn) -> tuple[list[int], list[list[int]]]:
    """Draw hours of receipt, and for each article which ones of a lower number it relates to."""
    count = draw(st.integers(2, MAX_ARTICLES))
    hours = draw(st.lists(st.integers(0, 4), min_size=count, max_size=count))
    ties = [draw(st.lists(st.integers(0, number - 1), max_size=3)) if number else [] for number in range(count)]
    return hours, ties


def clusters(hours: list[int], ties: list[list[int]]) -> list[str]:
    """Return the story of each article, by the plainest way there is."""
    group = list(range(len(ties)))
    for number, others in enumerate(ties):
        for other in others:
            group = [group[number] if each == group[other] else each for each in group]
    firsts = [
        min((hours[n], name(n)) for n in range(len(ties)) if group[n] == group[number]) for number in range(len(ties))
    ]
    return [founded_story(first) for _, first in firsts]


def settle(store: Store, articles: list[Article], ties: list[list[int]], chance: random.Random) -> None:
    """Store the articles and let them join their stories in any order, each after its own store, some twice."""
    to_store, to_join = list(range(len(articles))), list[int]()
    while to_store or to_join:
        if to_store and (not to_join or chance.random() < 0.5):
            number = to_store.pop(chance.randrange(len(to_store)))
            store.articles.create(articles[number], owner=delivery_id(number))
            to_join += [number] * chance.choice((1, 1, 2))
        else:
            number = to_join.pop(chance.randrange(len(to_join)))
            join_story(articles[number], [relation(each) for each in ties[number]], store)


@given(newsroom=newsrooms(), seed=st.integers(0, 10_000), in_memory=st.booleans())
def test_stories_and_their_ids_do_not_depend_on_the_order_in_which_articles_arrive(
    on_server: MakeStore, newsroom: tuple[list[int], list[list[int]]], seed: int, in_memory: bool
) -> None:
    hours, ties = newsroom
    store = memory_store(ManualClock()) if in_memory else on_server(ManualClock())
    articles = [an_article(name(n), received_at=START + timedelta(hours=hour)) for n, hour in enumerate(hours)]

    settle(store, articles, ties, random.Random(seed))

    ids = [each.id for each in articles]
    found = store.stories.ids(ids)
    expected = clusters(hours, ties)
    assert [found[each] for each in ids] == expected
    for each, story in zip(ids, expected, strict=True):
        members = {member.article_id for member in store.stories.members(founded_story(each))}
        assert members == {other for other, its in zip(ids, expected, strict=True) if its == story}
