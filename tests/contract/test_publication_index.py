"""The index of publications on the server, compared with lists."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from redis import Redis

from copytaster.clock import milliseconds
from copytaster.model.article import Article
from copytaster.store.cursor import Cursor
from copytaster.store.keys import Keys
from copytaster.store.redis.client import send
from copytaster.store.redis.publication_index import Publication, PublicationIndex
from tests.factories import START, an_article

KEYS = Keys()


def published(number: int, chance: random.Random) -> Article:
    """Return an article; some have the time of receipt of others."""
    received = START + timedelta(minutes=chance.randrange(600))
    moment = received - timedelta(minutes=chance.randrange(6_000))
    return an_article(f"a{number * 7_919 % 100_003:08x}{number:012x}", received_at=received, published_at=moment)


def index_of(client: Redis, articles: Sequence[Article]) -> PublicationIndex:
    """Return an index of articles that are in the listing of all."""
    index = PublicationIndex(client, KEYS)
    client.zadd(KEYS.listing(), {str(each.id): milliseconds(each.received_at) for each in articles})
    send(client, [index.edit], lambda pipe: index.add(articles, pipe))
    return index


def found(
    index: PublicationIndex, first: datetime | None, last: datetime | None, *, start: Cursor | None = None
) -> list[str]:
    return [name for page in index.pages((first, last), [], start=start, size=7) for name, _ in page.found]


@pytest.mark.parametrize("seed", range(3))
def test_a_period_has_its_articles_in_the_order_of_receipt_from_any_position(client: Redis, seed: int) -> None:
    chance = random.Random(seed)
    articles = [published(number, chance) for number in range(400)]
    index = index_of(client, articles)
    ordered = sorted(articles, key=Cursor.of, reverse=True)
    for _ in range(5):
        first = START - timedelta(minutes=chance.randrange(6_000))
        last = first + timedelta(minutes=chance.randrange(4_000))
        expected = [each for each in ordered if each.published_at and first <= each.published_at <= last]
        start = Cursor.of(chance.choice(ordered))

        assert found(index, first, last) == [each.id for each in expected]
        assert set(found(index, first, None)) >= {each.id for each in expected}
        assert found(index, first, last, start=start) == [each.id for each in expected if Cursor.of(each) < start]


def test_a_day_without_articles_and_an_index_without_days_leave_nothing(client: Redis) -> None:
    chance = random.Random(1)
    articles = [published(number, chance) for number in range(200)]
    index = index_of(client, articles)
    days: Any = client.zrange(KEYS.published_days(), 0, -1)
    first = [each for each in articles if Publication.of(each).day.isoformat() == days[0].decode()]

    index.remove([Publication.of(each) for each in first])

    assert client.zrange(KEYS.published_days(), 0, -1) == days[1:]
    index.remove([Publication.of(each) for each in articles])
    assert client.keys("*") == [KEYS.listing().encode()]


def test_the_walk_names_each_posting_once_with_its_day_and_article(client: Redis) -> None:
    chance = random.Random(2)
    articles = [published(number, chance) for number in range(200)]
    index, position, entries = index_of(client, articles), 0, list[Publication]()
    while True:
        position, some = index.sweep(position, count=50)
        entries += some
        if not position:
            break

    expected = {(Publication.of(each).day, Publication.of(each).posting, (each.id,)) for each in articles}
    assert {(each.day, each.posting, each.article_ids) for each in entries} == expected
