from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from copytaster.model.article import Entity, EntityType, Topic
from copytaster.model.delivery import DeliveryId
from copytaster.stories import listing
from copytaster.stories.listing import StoryQuery, find_stories
from copytaster.stories.story import StoryState
from tests.factories import START, an_article, put_into_one_story

if TYPE_CHECKING:
    from copytaster.clock import ManualClock
    from copytaster.store.store import Store
    from tests.conftest import MakeStore

NOW = START + timedelta(hours=12)


@pytest.fixture
def store(make_store: MakeStore, clock: ManualClock) -> Store:
    """Give stories of two articles that changed at 1, 2, … 9 o'clock, and one of a single article at 10 o'clock."""
    store = make_store(clock)
    for hour in range(1, 11):
        articles = [
            an_article(
                f"a{hour:016x}{number:04x}",
                received_at=START + timedelta(hours=hour),
                title=f"Report {hour}",
                source="The Quay" if hour % 2 else "Kestrel",
                topics=(Topic(code="t1", name="Fire", score=1, why="fire"),) if hour < 4 else (),
                entities=(Entity(name="Port Hadléy", type=EntityType.PLACE, count=1, spans=()),) if hour > 7 else (),
            )
            for number in range(2 if hour < 10 else 1)
        ]
        for each in articles:
            store.articles.create(each, owner=DeliveryId(f"d{each.id}"))
        put_into_one_story(store, *articles)
    return store


def hours(store: Store, *, limit: int = 20, cursor: str | None = None, **conditions: object) -> list[int]:
    page = find_stories(StoryQuery(**conditions), store, now=NOW, cursor=cursor, limit=limit)  # type: ignore[arg-type]
    return [(each.last_seen - START) // timedelta(hours=1) for each in page.stories]


def test_stories_of_several_articles_are_listed_last_changed_first(store: Store) -> None:
    assert hours(store) == [9, 8, 7, 6, 5, 4, 3, 2, 1]
    assert hours(store, single=True) == [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]


def test_each_filter_has_its_stories(store: Store) -> None:
    assert hours(store, source="quay") == [9, 7, 5, 3, 1]
    assert hours(store, topic="fire") == hours(store, topic="T1") == [3, 2, 1]
    assert hours(store, entity="port hadl\u00e9y") == hours(store, entity="PORT HADLE\u0301Y") == [9, 8]
    assert hours(store, state=StoryState.DEVELOPING) == [9, 8, 7, 6]
    assert hours(store, state=StoryState.QUIET, source="Kestrel") == [4, 2]
    assert hours(store, state=StoryState.CLOSED) == []


def test_a_range_of_changes_begins_and_ends_where_it_says(store: Store) -> None:
    begin, end = START + timedelta(hours=3), START + timedelta(hours=6)

    assert hours(store, changed_from=begin, changed_to=end) == [6, 5, 4, 3]
    assert hours(store, changed_to=end - timedelta(seconds=1), limit=2) == [5, 4]


def test_pages_together_have_each_story_once(store: Store) -> None:
    cursor, found, has_more = None, list[str](), True
    while has_more:
        page = find_stories(StoryQuery(source="quay"), store, now=NOW, cursor=cursor, limit=2)
        found += [each.headline or "" for each in page.stories]
        cursor, has_more = page.next_cursor, page.next_cursor is not None

    assert found == [f"Report {hour}" for hour in (9, 7, 5, 3, 1)]


def test_a_page_examines_a_bounded_number_of_stories(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "MAX_LISTED", 2)
    monkeypatch.setattr(listing, "MAX_EXAMINED", 4)

    first = find_stories(StoryQuery(topic="fire"), store, now=NOW, limit=5)
    second = find_stories(StoryQuery(topic="fire"), store, now=NOW, cursor=first.next_cursor, limit=5)
    last = find_stories(StoryQuery(topic="fire"), store, now=NOW, cursor=second.next_cursor, limit=5)

    assert [len(each.stories) for each in (first, second, last)] == [0, 2, 1]
    assert last.next_cursor is None
