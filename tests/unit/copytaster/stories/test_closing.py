"""Stories are closed after their window, and their changes are reported."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from copytaster.archive.placements import MemoryPlacements
from copytaster.clock import ManualClock
from copytaster.model.article import Article, ArticleId, Relation, RelationKind
from copytaster.model.events import EventKind
from copytaster.store.ports.stories import Assignment, StoryId, StoryRecord
from copytaster.store.store import Store
from copytaster.stories.closing import StoryTending
from copytaster.stories.placing import Placing
from tests.factories import START, an_article, prose

if TYPE_CHECKING:
    from tests.conftest import MakeStore

DAY = timedelta(days=1)
WINDOW = 7 * DAY


@pytest.fixture
def store(make_store: MakeStore, clock: ManualClock) -> Store:
    store = make_store(clock)
    complete(store)
    return store


def complete(store: Store) -> None:
    store.epoch.acquire("watcher", lease=DAY)
    assert store.epoch.mark_complete("e1", owner="watcher", run=store.epoch.read().run, until=START)


@pytest.fixture
def placing(store: Store, clock: ManualClock) -> Placing:
    return Placing(store=store, placements=MemoryPlacements(), clock=clock)


@pytest.fixture
def tending(store: Store, clock: ManualClock) -> StoryTending:
    return StoryTending(store=store, clock=clock, window=WINDOW)


def take(number: int, *, days: float, event: int = 0) -> Article:
    words = [*prose(event, count=40), *prose(100 + number, count=15)]
    at = START + days * DAY
    return an_article(
        f"a{number:020x}",
        title=" ".join(prose(event, count=5)),
        text=" ".join(words),
        received_at=at,
        published_at=at,
        language="en",
        topics=(),
        entities=(),
    )


def record_of(store: Store, article: Article) -> StoryRecord:
    story = store.stories.ids([article.id])[article.id]
    return store.stories.records([story])[story]


def at_day(clock: ManualClock, days: float) -> None:
    clock.advance(seconds=(START + days * DAY - clock.now()).total_seconds())


def test_a_story_is_closed_after_a_window_without_an_article(
    store: Store, placing: Placing, tending: StoryTending, clock: ManualClock
) -> None:
    first, second, late = take(1, days=0), take(2, days=5), take(3, days=13)
    placing.place([first])
    placing.place([second])
    at_day(clock, 11)

    assert tending.step() == 0
    at_day(clock, 12.1)
    assert tending.step() == 1
    assert tending.step() == 0
    placing.place([late])

    record = record_of(store, first)
    assert (record.articles, record.closed, record.profile, record.keys) == (2, True, b"", ())
    assert record_of(store, late).id != record.id
    assert store.stories.open_count() == 1


def test_a_copy_enters_a_closed_story_which_stays_closed(
    store: Store, placing: Placing, tending: StoryTending, clock: ManualClock
) -> None:
    first = take(1, days=0)
    placing.place([first])
    at_day(clock, 20)
    tending.step()
    relation = Relation(kind=RelationKind.NEAR, of=first.id, score=0.9)

    placing.place_copy(take(2, days=20).model_copy(update={"relation": relation}), relation)

    record = record_of(store, first)
    assert (record.articles, record.copies, record.closed) == (1, 1, True)


def test_an_assigned_article_opens_a_story_that_was_closed_before_its_turn(
    store: Store, placing: Placing, tending: StoryTending, clock: ManualClock
) -> None:
    first, second, third = take(1, days=0), take(2, days=9), take(3, days=9.25)
    placing.place([first])
    at_day(clock, 10)
    tending.step()
    story = record_of(store, first).id
    store.stories.assign([Assignment(second.id, story, b'{"score": 0.9}')])

    placing.place([second])
    placing.place([third])

    assert {record_of(store, each).id for each in (first, second, third)} == {story}
    assert not record_of(store, first).closed


def test_nothing_is_closed_while_the_store_is_rebuilt(make_store: MakeStore, clock: ManualClock) -> None:
    store = make_store(clock)
    placing = Placing(store=store, placements=MemoryPlacements(), clock=clock)
    tending = StoryTending(store=store, clock=clock, window=WINDOW)
    placing.place([take(1, days=0)])
    at_day(clock, 20)

    assert tending.step() == 0
    complete(store)
    assert tending.step() == 1


def test_each_change_of_a_story_is_reported_once(
    store: Store, placing: Placing, tending: StoryTending, clock: ManualClock
) -> None:
    first, second = take(1, days=0), take(2, days=1)
    placing.place([first])
    placing.place([second, first])
    at_day(clock, 20)

    for _ in range(3):
        tending.step()

    story = record_of(store, first).id
    events = [(each.kind, each.story_ids, each.article_ids) for each in store.events.read(after=None, limit=99)]
    assert events == [
        (EventKind.STORY_CREATED, (story,), (first.id,)),
        (EventKind.STORY_GROWN, (story,), (second.id,)),
        (EventKind.STORY_CLOSED, (story,), ()),
    ]


def test_the_founder_of_a_story_keeps_it_with_other_words(store: Store, placing: Placing) -> None:
    first, other = take(1, days=0), take(2, days=0, event=5)
    placing.place([first])
    placing.place([other])
    rewritten = other.model_copy(update={"id": first.id, "version": 2, "word_count": 900})

    placing.place([rewritten])

    record = record_of(store, first)
    assert (record.id, record.articles) == (StoryId(f"s{first.id[1:]}"), 1)
    assert [(each.article_id, each.words) for each in record.leads] == [(ArticleId(first.id), 900)]
