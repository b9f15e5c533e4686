from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from typing import Any, Literal
from unicodedata import normalize

import pytest
from redis import Redis

from copytaster.bootstrap.store import redis_store
from copytaster.clock import ManualClock, milliseconds
from copytaster.model.article import (
    Article,
    ArticleId,
    Entity,
    EntityType,
    Keyword,
    Relation,
    RelationKind,
    TaggedBy,
    Tagging,
    Topic,
)
from copytaster.store.cursor import Cursor, WrongCursorError
from copytaster.store.keys import Keys
from copytaster.store.ports.articles import ArticleQuery
from copytaster.store.redis.client import connect
from copytaster.store.redis.posting_lists import entries_of, hashed
from copytaster.store.redis.term_index import WIDTH, Edit, TermIndex
from copytaster.store.store import Store
from tests.factories import FROM_TEST, START, an_article, delivery_id

DAY = timedelta(days=1)

FORM = Literal["NFC", "NFD"]


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


def indexed_terms(client: Redis) -> set[bytes]:
    """Return the hashes of the terms that have articles."""
    fields: Any = client.hgetall(Keys().term_index())
    return {term for name, value in fields.items() for term, _ in entries_of(name, value, WIDTH)}


@pytest.fixture(params=["before a sweep", "after a sweep"])
def swept(request: pytest.FixtureRequest, store: Store) -> Store:
    """Return an empty store in which a period of publication is searched without its index, or by it."""
    if request.param == "after a sweep":
        sweep(store)
    return store


def sweep(store: Store) -> None:
    position = store.articles.sweep(0)
    while position:
        position = store.articles.sweep(position)


@pytest.fixture
def newsroom(swept: Store) -> Store:
    """Return a store with three articles that differ in every field."""
    store = swept
    store_one(
        store, "a1", source="Wire", publisher="The Harbour Post", published_at=START - 2 * DAY, title="Harbour Öffnet"
    )
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
        ({"source": "The  WIRE: News"}, ["a1"]),
        ({"publisher": "harbour post"}, ["a1"]),
        ({"publisher": "wire"}, []),
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
        ({"source": "desk", "topic": "football"}, ["a2"]),
        ({"source": "wire", "topic": "football"}, []),
        ({"limit": 1}, ["a3"]),
    ],
    ids=str,
)
def test_articles_are_listed_by_every_condition(
    newsroom: Store, conditions: dict[str, Any], expected: list[str]
) -> None:
    assert listed(newsroom, **conditions) == expected


@pytest.mark.parametrize("stored", ["NFC", "NFD"])
@pytest.mark.parametrize("asked", ["NFC", "NFD"])
def test_articles_are_listed_whether_an_accent_is_a_character_of_its_own_or_not(
    swept: Store, stored: FORM, asked: FORM
) -> None:
    topic, entity, keyword = (normalize(stored, each) for each in ("Économie", "Hà Nội", "café"))
    store_one(swept, "a1")
    tag(swept, "a1", topic=topic, entity=entity, keyword=keyword)

    for name, value in {"topic": "économie", "entity": "hà nội", "keyword": "Café"}.items():
        assert listed(swept, **{name: normalize(asked, value)}) == ["a1"]


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


def pages(store: Store, query: ArticleQuery) -> list[list[str]]:
    page = store.articles.find(query)
    found = [[str(each.id) for each in page.articles]]
    while page.next_cursor:
        page = store.articles.find(replace(query, cursor=page.next_cursor))
        found.append([str(each.id) for each in page.articles])
    return found


def test_a_period_of_publication_is_listed_in_the_order_of_receipt(swept: Store) -> None:
    """Publication and receipt are unrelated; ten articles are received in one millisecond."""
    chance = random.Random(1)  # no secret
    stored = []
    for number in range(260):
        published = START + timedelta(hours=chance.randrange(-200, 200)) if number % 9 else None
        received = START + timedelta(milliseconds=chance.randrange(26))
        source = "desk" if number % 4 else "wire"
        stored.append(
            store_one(
                swept, f"a{number:03}", published_at=published, received_at=received, source=source, language="en"
            )
        )
    stored.sort(key=lambda each: (each.received_at, each.id), reverse=True)
    first, last = START - 3 * DAY, START + 2 * DAY + timedelta(hours=7)

    for wanted, limit in ((None, 7), (None, 130), ("desk", 50)):
        query = ArticleQuery(published_from=first, published_to=last, source=wanted, language="en", limit=limit)
        expected = [
            str(each.id)
            for each in stored
            if first <= (each.published_at or each.received_at) <= last and wanted in {None, each.source}
        ]
        assert [name for page in pages(swept, query) for name in page] == expected
        assert len(expected) > 50


def test_a_version_with_another_time_of_publication_is_listed_once(swept: Store) -> None:
    for number in range(105):
        store_one(swept, f"a{number:03}", published_at=START, received_at=START + timedelta(seconds=number))
    later = START + 5 * DAY
    swept.articles.add_version(an_article("a050", published_at=later, received_at=later), owner=delivery_id(2))

    old = [f"a{number:03}" for number in range(104, -1, -1) if number != 50]
    for query, expected in (
        (ArticleQuery(published_from=START, limit=50), ["a050", *old]),
        (ArticleQuery(published_to=later, limit=50), ["a050", *old]),
        (ArticleQuery(published_from=START - DAY, published_to=START + DAY), old),
    ):
        assert [name for page in pages(swept, query) for name in page] == expected


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


def test_the_commands_for_an_article_do_not_grow_with_the_store(request: pytest.FixtureRequest) -> None:
    client = connect(request.getfixturevalue("server").address, name="contract")
    store = redis_store(client, clock=ManualClock(START), window=30 * DAY)

    def commands(number: int) -> int:
        before = client.info("stats")["total_commands_processed"]
        store_one(store, f"a{number:03}", source=f"The Source {number}", publisher=f"Publisher {number % 7}")
        return int(client.info("stats")["total_commands_processed"] - before)

    counts = [commands(number) for number in range(40)]
    client.close()

    # The first call also loads the scripts. The fourth article of a publisher or a day moves it from a bucket of what
    # is rare: one command more in either index if the bucket becomes empty.
    assert counts[-1] == counts[1]
    assert max(counts[1:]) <= counts[1] + 2


def test_entries_of_a_former_version_and_of_one_that_became_a_copy_are_removed(
    request: pytest.FixtureRequest,
) -> None:
    with request.getfixturevalue("server").client() as client:
        store = redis_store(client, clock=ManualClock(START), window=30 * DAY)
        store_one(store, "a1", source="wire", published_at=START)
        tag(store, "a1", topic="football", entity="Ada Lind", keyword="goal")
        later = an_article("a1", source="desk", published_at=START + DAY)
        for _ in range(2):  # a redelivery completes what an interrupted run has left
            TermIndex(client, Keys()).edit(
                [Edit(Cursor(milliseconds(START), ArticleId("a1")), frozenset({"keyword:goal"}))]
            )
            store.articles.add_version(later, owner=delivery_id(2))

        listed_in, terms = set(client.keys("ct:{articles}:*")), indexed_terms(client)
        relation = Relation(kind=RelationKind.NEAR, of=ArticleId("a9"), score=0.8)
        copy = an_article("a1", source="desk", published_at=START + 2 * DAY, relation=relation)
        store.articles.add_version(copy, owner=delivery_id(3))

        entries = {b"by:", b"postings", b"publications", b"days", b"changed"}
        assert listed_in == {b"ct:{articles}:" + each for each in entries}
        assert terms == {hashed("source:desk"), hashed("format:text")}
        assert client.keys("ct:{articles}:*") == [b"ct:{articles}:changed"]


def test_the_language_that_a_source_declared_is_found_no_more_when_tagging_detects_another(
    request: pytest.FixtureRequest,
) -> None:
    with request.getfixturevalue("server").client() as client:
        store = redis_store(client, clock=ManualClock(START), window=30 * DAY)
        store_one(store, "a1", language="de")
        by = TaggedBy(labels="1", rules="none", declared_language="de")
        tagging = Tagging(language="en", topics=(), entities=(), keywords=(), tagged_by=by, provenance={})
        before = indexed_terms(client)

        store.articles.annotate(ArticleId("a1"), 1, tagging)

        assert before == {hashed("language:de"), hashed("format:text")}
        assert indexed_terms(client) == {hashed("language:en"), hashed("format:text")}
