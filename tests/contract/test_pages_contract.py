"""Pages of articles and deliveries by conditions: each is bounded, and together they are complete."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from copytaster.articles.removal import remove_article
from copytaster.model.article import Article, ArticleId, ArticleStatus, Tag
from copytaster.model.delivery import DeliveryId, Outcome, new_delivery_id
from copytaster.model.disposition import Disposition, Reason
from copytaster.store.ports.articles import MOST_EXAMINED, ArticlePage, ArticleQuery, StatusAt
from copytaster.store.ports.ledger import MOST_EXAMINED as MOST_DELIVERIES
from copytaster.store.ports.ledger import DeliveryQuery
from copytaster.store.store import Store
from tests.factories import START, a_delivery, an_article, delivery_id

HOUR = timedelta(hours=1)
PAGE = 100
"""Records that one round trip reads, by which a page may exceed its bound."""


WITHHELD = {"status": ArticleStatus.WITHHELD, "embargoed_until": START + 8 * HOUR}
"""Fields of an article under an embargo."""


def publish(store: Store, numbers: range, **fields: Any) -> list[Article]:
    """Store articles that are received one a second."""
    received = ((f"a{number:05}", START + timedelta(seconds=number)) for number in numbers)
    articles = [an_article(name, received_at=at, **fields) for name, at in received]
    store.articles.create_many(list(zip(articles, map(delivery_id, numbers), strict=True)))
    return articles


def pages(store: Store, query: ArticleQuery) -> Iterator[ArticlePage]:
    """Yield the pages of a query, as a client reads them: one after the other."""
    page = store.articles.find(query)
    yield page
    while page.next_cursor:
        page = store.articles.find(replace(query, cursor=page.next_cursor))
        yield page


def found(store: Store, **conditions: Any) -> list[str]:
    query = ArticleQuery(**conditions)
    return [str(each.id) for page in pages(store, query) for each in page.articles]


def status(name: str, moment: datetime = START) -> StatusAt:
    return StatusAt(ArticleStatus(name), moment)


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({"tag": "Harbour Desk"}, ["a3"]),
        ({"tag": "HARBOUR desk"}, ["a3"]),
        ({"tag": "harbour"}, []),
        ({"format": "ninjs"}, ["a3", "a2"]),
        ({"format": "NINJS", "source": "kestrel"}, ["a2"]),
        ({"status": status("usable")}, ["a3", "a1"]),
        ({"status": status("withheld")}, ["a2"]),
        ({"status": status("usable", START + 9 * HOUR)}, ["a3", "a2", "a1"]),
        ({"status": status("canceled")}, []),
        ({"received_from": START + HOUR}, ["a3", "a2"]),
        ({"received_to": START + HOUR}, ["a2", "a1"]),
        ({"received_from": START + HOUR, "received_to": START + HOUR}, ["a2"]),
        ({"received_from": START + HOUR, "source": "kestrel"}, ["a2"]),
        ({"received_to": START + HOUR, "published_from": START}, ["a2", "a1"]),
        ({"received_to": START - HOUR}, []),
        ({"received_from": START + HOUR, "format": "ninjs", "tag": "harbour desk"}, ["a3"]),
    ],
    ids=str,
)
def test_articles_are_listed_by_conditions(store: Store, conditions: dict[str, Any], expected: list[str]) -> None:
    tags = (Tag(name="Harbour Desk", rule="harbour", why="made up"),)
    given: list[dict[str, Any]] = [
        {"format": "text", "source": "kestrel"},
        {"format": "ninjs", "source": "kestrel", **WITHHELD},
        {"format": "ninjs", "source": "other", "tags": tags},
    ]
    for number, fields in enumerate(given):
        article = an_article(f"a{number + 1}", received_at=START + number * HOUR, **fields)
        store.articles.create(article, owner=delivery_id(number + 1))

    assert found(store, **conditions) == expected
    assert found(store, **conditions, limit=1) == expected


@pytest.mark.parametrize(
    "indexed", [{}, {"source": "kestrel"}, {"published_from": START, "source": "kestrel"}], ids=str
)
def test_a_page_of_a_rare_value_ends_early_and_the_next_one_goes_on(store: Store, indexed: dict[str, Any]) -> None:
    count = 3 * MOST_EXAMINED
    publish(store, range(count), source="kestrel", **WITHHELD)
    publish(store, range(count, count + 2), source="other", **WITHHELD)
    places = (7, 700)
    for number in places:
        moment = START + timedelta(seconds=number)
        later = an_article(f"a{number:05}", source="kestrel", received_at=moment)
        store.articles.add_version(later, owner=delivery_id(2 * count + number))

    read = list(pages(store, ArticleQuery(status=status("usable"), **indexed)))

    assert [str(each.id) for page in read for each in page.articles] == ["a00700", "a00007"]
    assert 1 < len(read) <= count // MOST_EXAMINED + 1
    assert any(not page.articles and page.next_cursor for page in read)


def test_many_matches_are_returned_at_once_whatever_the_bound(store: Store) -> None:
    publish(store, range(MOST_EXAMINED + 2 * PAGE))

    page = store.articles.find(ArticleQuery(status=status("usable"), limit=MOST_EXAMINED + PAGE))

    assert len(page.articles) == MOST_EXAMINED + PAGE


@pytest.mark.parametrize(
    "conditions", [{}, {"source": "kestrel"}, {"format": "text"}, {"published_from": START}], ids=str
)
def test_each_page_goes_on_where_the_last_one_ended_although_articles_arrive_and_are_removed(
    store: Store, conditions: dict[str, Any]
) -> None:
    stable = [each.id for each in publish(store, range(0, 60, 2), source="kestrel")]
    passing = [each.id for each in publish(store, range(1, 60, 2), source="kestrel")]
    read, arrivals = list[ArticleId](), iter(range(100, 1_000))

    for page in pages(store, ArticleQuery(limit=7, **conditions)):
        read += [each.id for each in page.articles]
        arrived = next(arrivals)
        publish(store, range(arrived, arrived + 1), source="kestrel")
        for each in (passing.pop(), passing.pop(0)):
            assert remove_article(each, store, before=None)

    assert [each for each in read if each in stable] == stable[::-1]
    assert len(set(read)) == len(read)


def deliver(store: Store, numbers: range, **fields: Any) -> list[DeliveryId]:
    """Register deliveries that arrive one a second."""
    arrivals = [START + timedelta(seconds=number) for number in numbers]
    deliveries = [a_delivery(id=new_delivery_id(at), received_at=at, **fields) for at in arrivals]
    store.ledger.register_many(deliveries, due_in=HOUR, by="watcher@desk:1")
    return [each.id for each in deliveries]


def read_deliveries(store: Store, query: DeliveryQuery) -> tuple[list[DeliveryId], int]:
    """Return the deliveries on all pages, and the number of pages."""
    page, count = store.ledger.page(query), 1
    read = [each.id for each in page.deliveries]
    while page.next:
        page, count = store.ledger.page(replace(query, before=page.next)), count + 1
        read += [each.id for each in page.deliveries]
    return read, count


def test_a_page_of_rare_deliveries_ends_early_and_the_next_one_goes_on(store: Store) -> None:
    ids = deliver(store, range(2 * MOST_DELIVERIES + 50))
    refused = Outcome(disposition=Disposition.REJECTED, reason=Reason.TOO_LARGE, message="made up")
    for each in (ids[3], ids[40]):
        store.ledger.settle(each, refused, by="watcher@desk:1")

    # The state has no entries in the index, because most deliveries are settled.
    read, count = read_deliveries(store, DeliveryQuery(state=store.ledger.states([ids[3]])[ids[3]], source="wire"))

    assert read == [ids[40], ids[3]]
    assert 1 < count <= 4


@pytest.mark.parametrize("limit", [1, 7, 50])
def test_deliveries_are_listed_by_the_time_of_their_arrival(store: Store, limit: int) -> None:
    ids = deliver(store, range(20))
    later = deliver(store, range(10 * 86_400, 10 * 86_400 + 2))

    for first, last in ((5, 9), (0, 0), (19, 40), (30, 40)):
        query = DeliveryQuery(
            received_from=START + timedelta(seconds=first), received_to=START + timedelta(seconds=last), limit=limit
        )
        assert read_deliveries(store, query)[0] == ids[first : last + 1][::-1]
    assert read_deliveries(store, DeliveryQuery(received_from=START + timedelta(days=5), limit=limit))[0] == later[::-1]


def test_pages_of_deliveries_are_stable_while_others_arrive(store: Store) -> None:
    ids = deliver(store, range(30))

    first = store.ledger.page(DeliveryQuery(limit=10))
    deliver(store, range(100, 105))
    second = store.ledger.page(DeliveryQuery(limit=30, before=first.next))

    assert [each.id for each in (*first.deliveries, *second.deliveries)] == ids[::-1]
    assert second.next is None


@pytest.mark.parametrize("year", [1900, 1969, 6500, 9998])
def test_times_long_ago_and_far_ahead_are_bounds_like_others(store: Store, year: int) -> None:
    moment = START.replace(year=year)
    (article,) = publish(store, range(1), source="kestrel")
    (delivery,) = deliver(store, range(1))

    after = [str(article.id)] if moment < START else []
    before = [str(article.id)] if moment > START else []
    assert found(store, source="kestrel", received_from=moment) == found(store, received_from=moment) == after
    assert found(store, source="kestrel", received_to=moment) == found(store, received_to=moment) == before
    assert found(store, source="kestrel", published_from=START, received_to=moment) == before
    assert read_deliveries(store, DeliveryQuery(received_from=moment))[0] == ([delivery] if after else [])
    assert read_deliveries(store, DeliveryQuery(received_to=moment))[0] == ([delivery] if before else [])
