"""A search compares what the index proposes with the articles of the store: the index may be behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.model.article import Article, ArticleId, ArticleStatus, FieldSpan, Relation, RelationKind
from copytaster.model.deletion import Deletion
from copytaster.model.release import Release
from copytaster.search import memory_index
from copytaster.search.query import Order
from copytaster.search.search import Search, SearchResults
from copytaster.store.ports.articles import ArticleQuery, StatusAt
from copytaster.store.store import Store
from tests.factories import START, an_article, delivery_id, memory_search

HOUR = timedelta(hours=1)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def store(clock: ManualClock) -> Store:
    return memory_store(clock)


def put(store: Store, *articles: Article) -> None:
    for article in articles:
        store.articles.create(article, owner=delivery_id(1))


def look(search: Search, query: str, clock: ManualClock, **filters: object) -> SearchResults:
    return search.find(query, ArticleQuery(**filters), order=Order.NEWEST, now=clock.now())  # type: ignore[arg-type]


def ids(results: SearchResults) -> list[str]:
    return [each.document.id for each in results.items]


def kill(store: Store) -> None:
    killed = an_article("a1", status=ArticleStatus.CANCELED, received_at=START + HOUR)
    store.articles.add_version(killed, owner=delivery_id(2))


def withhold_again(store: Store) -> None:
    article = store.articles.get(ArticleId("a1"))
    assert article
    store.articles.release(article.id, article.origin, Release(at=None, by="desk", decided_at=START))


def become_a_copy(store: Store) -> None:
    relation = Relation(kind=RelationKind.NEAR, of=ArticleId("a0"), score=0.9)
    store.articles.add_version(an_article("a1", relation=relation, received_at=START + HOUR), owner=delivery_id(2))


def rewrite(store: Store) -> None:
    store.articles.add_version(an_article("a1", text="Another story.", received_at=START + HOUR), owner=delivery_id(2))


def delete(store: Store) -> None:
    store.articles.refuse(Deletion(article_id=ArticleId("a1"), at=START, by="desk"))
    store.articles.remove_many([ArticleId("a1")], before=None)


@pytest.mark.parametrize("change", [kill, withhold_again, become_a_copy, rewrite, delete])
def test_a_text_is_not_found_from_the_moment_of_the_change_on(
    change: Callable[[Store], None], store: Store, clock: ManualClock
) -> None:
    article = an_article("a1", status=ArticleStatus.WITHHELD)
    put(store, article)
    store.articles.release(article.id, article.origin, Release(at=START, by="desk", decided_at=START))
    search = memory_search(store, clock=clock)
    before = ids(look(search, "monday", clock))

    change(store)

    assert (before, ids(look(search, "monday", clock))) == (["a1"], [])


def test_an_embargoed_text_is_found_when_the_index_has_followed_its_release(store: Store, clock: ManualClock) -> None:
    put(store, an_article("a1", status=ArticleStatus.WITHHELD, embargoed_until=START + HOUR))
    early = memory_search(store, clock=clock)
    held = ids(look(early, "monday", clock))
    clock.advance(seconds=3600)

    assert held == []
    assert ids(look(memory_search(store, clock=clock), "monday", clock)) == ["a1"]


def test_an_embargoed_article_has_neither_text_nor_highlights_of_it(store: Store, clock: ManualClock) -> None:
    put(store, an_article("a1", title="Ferry", text="A ferry.", status=ArticleStatus.WITHHELD))

    (found,) = look(memory_search(store, clock=clock), "ferry", clock).listed(store, now=clock.now())

    assert found.text is None
    assert found.highlights == (FieldSpan(field="title", start=0, end=5),)


def test_an_index_with_many_removed_articles_gives_short_pages_that_go_on(store: Store, clock: ManualClock) -> None:
    put(store, *(an_article(f"a{number:02}", received_at=START + number * HOUR) for number in range(40)))
    search = memory_search(store, clock=clock)
    for number in range(2, 39):
        store.articles.remove_many([ArticleId(f"a{number:02}")], before=None)
    first = look(search, "harbour", clock, limit=2)
    found, cursor = ids(first), first.next_cursor
    while cursor:
        page = look(search, "harbour", clock, limit=2, cursor=cursor)
        found, cursor = found + ids(page), page.next_cursor

    assert ids(first) == ["a39"]
    assert found == ["a39", "a01", "a00"]


def test_the_last_page_has_no_cursor(store: Store, clock: ManualClock) -> None:
    put(store, *(an_article(f"a{number}", received_at=START + number * HOUR) for number in range(4)))
    search = memory_search(store, clock=clock)
    first = look(search, "harbour", clock, limit=2)
    second = look(search, "harbour", clock, limit=2, cursor=first.next_cursor)

    assert (ids(first), ids(second), second.next_cursor) == (["a3", "a2"], ["a1", "a0"], None)
    assert look(search, "nothing", clock) == SearchResults((), None)


@pytest.mark.parametrize("order", list(Order))
def test_articles_of_a_period_of_receipt_are_found_however_many_matches_are_newer(
    store: Store, clock: ManualClock, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory_index, "RANKED", 4)
    put(store, *(an_article(f"a{number:02}", received_at=START + number * HOUR) for number in range(40)))
    search = memory_search(store, clock=clock)
    period = ArticleQuery(received_from=START + HOUR, received_to=START + 3 * HOUR, limit=2)

    first = search.find("harbour", period, order=order, now=clock.now())
    second = search.find("harbour", replace(period, cursor=first.next_cursor), order=order, now=clock.now())

    assert (ids(first), ids(second), second.next_cursor) == (["a03", "a02"], ["a01"], None)


@pytest.mark.parametrize("year", [1, 1960, 9999])
def test_a_period_of_receipt_may_begin_and_end_at_any_time(store: Store, clock: ManualClock, year: int) -> None:
    put(store, an_article("a1"))
    search = memory_search(store, clock=clock)
    moment = datetime(year, 6, 1, tzinfo=UTC)

    assert bool(ids(look(search, "harbour", clock, received_from=moment))) is (moment < START)
    assert bool(ids(look(search, "harbour", clock, received_to=moment))) is (moment > START)


@pytest.mark.parametrize(("year", "others"), [("1850", "1900"), ("1899", "1898"), ("2150", "2100")])
def test_an_article_of_another_century_is_found_in_its_year_only(
    store: Store, clock: ManualClock, year: str, others: str
) -> None:
    published = datetime(int(year), 6, 15, tzinfo=UTC)
    put(store, an_article("a1", published_at=published))
    search = memory_search(store, clock=clock)
    period = {"published_from": published - HOUR, "published_to": published + HOUR}
    periods = [period, *({name: moment} for name, moment in period.items())]

    assert ids(look(search, f"harbour published:{year}", clock)) == ["a1"]
    assert ids(look(search, f"harbour published:{others}", clock)) == []
    assert [ids(look(search, "harbour", clock, **each)) for each in periods] == [["a1"]] * 3


@pytest.mark.parametrize("order", list(Order))
@pytest.mark.parametrize("status", [ArticleStatus.WITHHELD, ArticleStatus.CANCELED])
def test_articles_of_a_status_are_found_however_many_matches_of_another_one_are_newer(
    store: Store, clock: ManualClock, order: Order, status: ArticleStatus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory_index, "RANKED", 4)
    put(store, an_article("old", status=status))
    put(store, *(an_article(f"a{number:02}", received_at=START + number * HOUR) for number in range(40)))
    search = memory_search(store, clock=clock)

    restricted = ArticleQuery(status=StatusAt(status, START), limit=2)
    found = search.find("harbour", restricted, order=order, now=clock.now())

    assert (ids(found), found.next_cursor) == (["old"], None)


def test_an_article_has_the_status_of_the_moment_of_the_search(store: Store, clock: ManualClock) -> None:
    put(store, an_article("a1", status=ArticleStatus.WITHHELD, embargoed_until=START + HOUR))
    search = memory_search(store, clock=clock)

    def of_status(status: ArticleStatus) -> list[str]:
        return ids(look(search, "title:harbour", clock, status=StatusAt(status, clock.now())))

    before = [of_status(each) for each in ArticleStatus]
    clock.advance(seconds=3600)

    assert before == [[], ["a1"], []]
    assert [of_status(each) for each in ArticleStatus] == [["a1"], [], []]
