from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from copytaster.model.article import (
    Article,
    ArticleId,
    Entity,
    EntityType,
    Keyword,
    Relation,
    RelationKind,
    Tagging,
    Topic,
)
from copytaster.store.cursor import WrongCursorError
from copytaster.store.ports.articles import ArticleQuery
from copytaster.store.store import Store
from tests.factories import FROM_TEST, START, an_article, delivery_id

DAY = timedelta(days=1)


def store_one(store: Store, name: str, number: int = 1, **fields: Any) -> Article:
    article = an_article(name, **fields)
    store.articles.create(article, owner=delivery_id(number))
    return article


def tag(store: Store, name: str, *, topic: str, entity: str, keyword: str) -> None:
    tagging = Tagging(
        language="en",
        topics=(Topic(code=f"code-{topic}", name=topic, score=1, why="made up"),),
        entities=(Entity(name=entity, type=EntityType.PLACE, count=1, spans=()),),
        keywords=(Keyword(term=keyword, score=1),),
        provenance={"language": FROM_TEST},
    )
    article = store.articles.get(ArticleId(name))
    assert article
    assert store.articles.annotate(article.id, article.version, tagging)


def listed(store: Store, **conditions: Any) -> list[str]:
    page = store.articles.find(ArticleQuery(**conditions))
    return [str(each.id) for each in page.articles]


@pytest.fixture
def newsroom(store: Store) -> Store:
    """Return a store with three articles that differ in every field."""
    store_one(store, "a1", source="Wire", published_at=START - 2 * DAY, title="Harbour Öffnet")
    store_one(store, "a2", source="desk", received_at=START + DAY, text="All about the STRASSE and the quay.")
    store_one(store, "a3", source="desk", received_at=START + 2 * DAY, published_at=START)
    tag(store, "a1", topic="sea transport", entity="Port Hadley", keyword="harbour")
    tag(store, "a2", topic="football", entity="Ada Lind", keyword="league table")
    return store


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({}, ["a3", "a2", "a1"]),
        ({"source": "desk"}, ["a3", "a2"]),
        ({"source": "wire"}, ["a1"]),
        ({"topic": "code-football"}, ["a2"]),
        ({"topic": "Sea Transport"}, ["a1"]),
        ({"topic": "sea"}, []),
        ({"entity": "port hadley"}, ["a1"]),
        ({"keyword": "league table"}, ["a2"]),
        ({"language": "en"}, ["a2", "a1"]),
        ({"language": "sv"}, []),
        ({"published_from": START}, ["a3", "a2"]),
        ({"published_to": START}, ["a3", "a1"]),
        ({"published_from": START, "published_to": START}, ["a3"]),
        ({"published_from": START + DAY, "published_to": START + DAY}, ["a2"]),
        ({"text": "öffnet"}, ["a1"]),
        ({"text": "straße"}, ["a2"]),
        ({"text": "nowhere"}, []),
        ({"source": "desk", "topic": "football", "text": "quay"}, ["a2"]),
        ({"source": "wire", "topic": "football"}, []),
        ({"limit": 1}, ["a3"]),
    ],
    ids=str,
)
def test_articles_are_listed_by_every_condition(
    newsroom: Store, conditions: dict[str, Any], expected: list[str]
) -> None:
    assert listed(newsroom, **conditions) == expected


def test_near_duplicates_are_neither_listed_nor_counted(store: Store) -> None:
    store_one(store, "a1")
    store_one(store, "a2", relation=Relation(kind=RelationKind.NEAR, of=ArticleId("a1"), score=0.8))
    store_one(store, "a3", relation=Relation(kind=RelationKind.EXACT, of=ArticleId("a1"), score=1))
    store_one(store, "a4", relation=Relation(kind=RelationKind.UPDATE, of=ArticleId("a4"), score=1))

    assert listed(store) == ["a4", "a1"]
    assert store.articles.count() == 2
    assert store.articles.get(ArticleId("a2")) is not None


def test_an_article_whose_new_version_is_a_copy_is_no_longer_listed(store: Store) -> None:
    store_one(store, "a1", source="wire")
    store_one(store, "a2", source="desk", published_at=START)
    tag(store, "a2", topic="football", entity="Ada Lind", keyword="goal")
    copy = Relation(kind=RelationKind.NEAR, of=ArticleId("a1"), score=0.8)

    store.articles.add_version(
        an_article("a2", source="desk", published_at=START + DAY, relation=copy), owner=delivery_id(2)
    )

    assert listed(store) == ["a1"]
    assert listed(store, source="desk") == listed(store, topic="football") == []
    assert store.articles.count() == 1


def test_terms_of_an_old_version_are_no_longer_found(store: Store) -> None:
    store_one(store, "a1", source="wire", published_at=START)
    tag(store, "a1", topic="football", entity="Ada Lind", keyword="goal")
    store.articles.add_version(an_article("a1", source="desk", published_at=START + DAY), owner=delivery_id(2))
    untagged = listed(store, topic="football")
    tag(store, "a1", topic="sea transport", entity="Port Hadley", keyword="quay")

    assert untagged == []
    assert listed(store, topic="football") == listed(store, source="wire") == listed(store, keyword="goal") == []
    assert listed(store, topic="sea transport", source="desk") == ["a1"]


def test_a_later_version_moves_the_article_up(store: Store) -> None:
    store_one(store, "a1", source="wire")
    store_one(store, "a2", source="wire", received_at=START + DAY)

    store.articles.add_version(an_article("a1", source="wire", received_at=START + 2 * DAY), owner=delivery_id(3))

    assert listed(store) == listed(store, source="wire") == ["a1", "a2"]


@pytest.mark.parametrize("limit", [1, 7, 100, 130])
@pytest.mark.parametrize("source", [None, "desk"])
def test_pages_are_complete_and_without_repeats_though_many_arrive_at_once(
    store: Store, limit: int, source: str | None
) -> None:
    """Three bursts, each within one millisecond: the cursor must distinguish articles of the same time."""
    for number in range(130 if limit > 1 else 12):
        moment = START + timedelta(milliseconds=number % 3, microseconds=number)
        store_one(store, f"a{number:03}", received_at=moment, source="desk" if number % 2 else "wire")
    ids, cursor, rounds = list[str](), None, 0

    while rounds < 20 and (rounds == 0 or cursor):
        page = store.articles.find(ArticleQuery(source=source, cursor=cursor, limit=limit))
        ids += [str(each.id) for each in page.articles]
        cursor, rounds = page.next_cursor, rounds + 1

    whole = listed(store, source=source, limit=1_000)
    assert len(whole) == store.articles.count() // (2 if source else 1)
    assert ids == whole
    assert len(set(ids)) == len(ids)
    assert rounds == -(-len(whole) // limit)


def test_paging_continues_at_its_position_when_new_articles_arrive(store: Store) -> None:
    for number in range(6):
        store_one(store, f"a{number}", received_at=START + timedelta(seconds=number))
    first = store.articles.find(ArticleQuery(limit=3))

    store_one(store, "a9", received_at=START + DAY)

    assert [each.id for each in first.articles] == ["a5", "a4", "a3"]
    assert listed(store, cursor=first.next_cursor) == ["a2", "a1", "a0"]


def test_a_cursor_that_is_not_from_a_listing_is_refused(store: Store) -> None:
    with pytest.raises(WrongCursorError, match="next_cursor"):
        store.articles.find(ArticleQuery(cursor="yesterday"))
