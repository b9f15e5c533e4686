"""Articles of one event that are placed at the same moment, by threads against a real server."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import TYPE_CHECKING

import pytest
from redis import Redis

from copytaster.archive.placements import MemoryPlacements, PlacedGroup
from copytaster.bootstrap.store import redis_store
from copytaster.clock import ManualClock
from copytaster.model.article import Article, ArticleId, Relation, RelationKind
from copytaster.recovery.recall import recall_placements
from copytaster.store.ports.stories import StoryId, founded_story
from copytaster.store.redis.client import connect
from copytaster.store.store import Store
from copytaster.stories.decided import Decided
from copytaster.stories.members import remove_members
from copytaster.stories.placing import Placing
from tests.factories import START, an_article, delivery_id, prose

if TYPE_CHECKING:
    from tests.conftest import RealServer

ROUNDS, WORKERS = 12, 8


class LostPlacements(MemoryPlacements):
    """The archive of a worker that dies when it has counted and compared its articles."""

    def record(self, group: PlacedGroup) -> None:
        raise ConnectionResetError(f"{len(group.placements)} placements were not recorded")


@pytest.fixture
def client(server: RealServer) -> Iterator[Redis]:
    client = connect(server.address, name="placing")
    yield client
    client.close()


@pytest.fixture
def store(client: Redis, clock: ManualClock) -> Store:
    return redis_store(client, clock=clock, window=timedelta(days=1))


@pytest.fixture
def placing(store: Store, clock: ManualClock) -> Placing:
    return Placing(store=store, placements=MemoryPlacements(), clock=clock)


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(WORKERS + 1) as pool:
        yield pool


def article_id(number: int) -> ArticleId:
    return ArticleId(f"a{number:020x}")


def of_event(event: int, number: int) -> Article:
    """Return an article about an event: half of its words are those of the event."""
    words = [*prose(event, count=40), *prose(10_000 + 100 * event + number, count=20)]
    return an_article(
        article_id(100 * event + number),
        title=" ".join(prose(event, count=5)),
        text=" ".join(words),
        received_at=START + timedelta(minutes=number),
        language="en",
        topics=(),
        entities=(),
    )


def at_once(placing: Placing, threads: ThreadPoolExecutor, groups: Sequence[Sequence[Article]]) -> list[ArticleId]:
    """Let as many workers as there are groups begin at the same moment, until all articles are placed."""
    start = Barrier(len(groups))

    def work(group: Sequence[Article]) -> int:
        start.wait(10)
        tries = 0
        while left := [each for each in group if each.id not in placing.place(group)]:
            tries += 1
            assert tries < 5, left
        return tries

    list(threads.map(work, groups))
    return [each.id for group in groups for each in group]


def members(store: Store, story_id: StoryId) -> list[ArticleId]:
    return [each.article_id for each in store.stories.entries(story_id, limit=1_000).entries]


def test_articles_of_one_event_that_are_placed_at_once_are_in_one_story(
    store: Store, placing: Placing, threads: ThreadPoolExecutor
) -> None:
    for event in range(ROUNDS):
        ids = at_once(placing, threads, [[of_event(event, number)] for number in range(WORKERS)])

        (story,) = set(store.stories.ids(ids).values())
        record = store.stories.records([story])[story]
        assert members(store, story) == ids
        assert (record.articles, record.copies) == (WORKERS, 0)
    assert store.stories.open_count() == ROUNDS


def test_articles_and_copies_of_one_event_in_groups_that_are_placed_at_once_are_all_counted(
    store: Store, placing: Placing, threads: ThreadPoolExecutor
) -> None:
    """Each article of a group is placed on the result of the one before it, which may not have been made."""
    for event in range(ROUNDS):
        first, *others = [of_event(event, number) for number in range(1 + 4 * WORKERS)]
        placing.place([first])
        start = Barrier(WORKERS + 1)

        def copy(event: int = event, original: Article = first, start: Barrier = start) -> None:
            start.wait(10)
            for number in range(50, 60):
                placing.place_copy(of_event(event, number), Relation(kind=RelationKind.NEAR, of=original.id, score=0.9))

        def work(group: Sequence[Article], start: Barrier = start) -> None:
            start.wait(10)
            while group:
                placed = placing.place(group)
                group = [each for each in group if each.id not in placed]

        copying = threads.submit(copy)
        list(threads.map(work, [others[number::WORKERS] for number in range(WORKERS)]))
        copying.result()

        for story in set(store.stories.ids([first.id, *(each.id for each in others)]).values()):
            record = store.stories.records([story])[story]
            entries = store.stories.entries(story, limit=1_000).entries
            copies = sum(each.is_copy for each in entries)
            assert (record.articles, record.copies) == (len(entries) - copies, copies)


def test_groups_of_several_events_that_are_placed_at_once_are_sorted(
    store: Store, placing: Placing, threads: ThreadPoolExecutor
) -> None:
    groups = [[of_event(event, number) for event in range(ROUNDS)] for number in range(4)]

    at_once(placing, threads, groups)

    for event in range(ROUNDS):
        ids = [article_id(100 * event + number) for number in range(4)]
        assert len(set(store.stories.ids(ids).values())) == 1
    assert store.stories.open_count() == ROUNDS


def test_one_group_that_is_placed_by_many_workers_is_placed_once(
    store: Store, placing: Placing, threads: ThreadPoolExecutor
) -> None:
    group = [of_event(event, number) for event in range(3) for number in range(5)]

    at_once(placing, threads, [group] * WORKERS)

    records = store.stories.records(list(set(store.stories.ids([each.id for each in group]).values())))
    assert sorted(each.articles for each in records.values()) == [5, 5, 5]
    assert sum(len(members(store, each)) for each in records) == len(group)


def test_a_group_that_others_have_counted_is_placed_like_a_new_one(
    client: Redis, store: Store, clock: ManualClock
) -> None:
    """Its worker died between both, or another worker with the same message is still placing it."""
    for events, articles in ((3, 5), (1, WORKERS), (4, 5)):
        group = [of_event(event, number) for event in range(events) for number in range(articles)]
        with pytest.raises(ConnectionResetError):
            Placing(store=store, placements=LostPlacements(), clock=clock).place(group)

        Placing(store=store, placements=MemoryPlacements(), clock=clock).place(group)

        records = store.stories.records(list(set(store.stories.ids([each.id for each in group]).values())))
        assert [each.articles for each in records.values()] == [articles] * events
        client.flushall()


def test_articles_that_are_counted_in_one_order_and_placed_in_another_are_in_one_story(
    store: Store, clock: ManualClock
) -> None:
    articles = [of_event(0, number) for number in range(WORKERS)]
    for each in articles:
        with pytest.raises(ConnectionResetError):
            Placing(store=store, placements=LostPlacements(), clock=clock).place([each])

    for each in reversed(articles):
        Placing(store=store, placements=MemoryPlacements(), clock=clock).place([each])

    assert len(set(store.stories.ids([each.id for each in articles]).values())) == 1


def test_a_rebuild_after_races_gives_the_same_stories(
    client: Redis, store: Store, placing: Placing, threads: ThreadPoolExecutor
) -> None:
    groups = [[of_event(event, number) for event in range(ROUNDS)] for number in range(WORKERS)]
    ids = at_once(placing, threads, groups)
    before = store.stories.ids(ids)
    client.flushall()

    recall_placements(placing.placements, store.stories, Decided(), since=None)
    for article in sorted((each for group in groups for each in group), key=lambda each: each.id, reverse=True):
        placing.place([article])

    assert store.stories.ids(ids) == before


def test_copies_that_arrive_while_their_original_is_placed_are_in_its_story(
    store: Store, placing: Placing, threads: ThreadPoolExecutor
) -> None:
    for event in range(ROUNDS):
        original = of_event(event, 0)
        relation = Relation(kind=RelationKind.NEAR, of=original.id, score=0.9)
        copies = [of_event(event, number).model_copy(update={"relation": relation}) for number in range(1, WORKERS)]
        for each in copies:
            store.articles.create(each, owner=delivery_id(int(each.id[1:], 16)))
        start = Barrier(WORKERS)

        def work(
            article: Article, start: Barrier = start, original: Article = original, relation: Relation = relation
        ) -> None:
            start.wait(10)
            if article is original:
                assert placing.place([article]) == {article.id}
            else:
                placing.place_copy(article, relation)

        list(threads.map(work, [*copies, original]))

        story = founded_story(original.id)
        record = store.stories.records([story])[story]
        assert (record.articles, record.copies) == (1, WORKERS - 1)
        assert members(store, story) == [original.id, *(each.id for each in copies)]


def test_members_that_are_removed_while_others_are_placed_leave_a_story_that_adds_up(
    store: Store, placing: Placing, threads: ThreadPoolExecutor
) -> None:
    first = [of_event(0, number) for number in range(4)]
    placing.place(first)
    start = Barrier(WORKERS)

    def work(number: int) -> None:
        start.wait(10)
        if number < len(first):
            remove_members([first[number].id], store)
        else:
            assert placing.place([of_event(0, number)])

    list(threads.map(work, range(WORKERS)))

    ids = [article_id(number) for number in range(WORKERS)]
    left = store.stories.ids(ids)
    records = store.stories.records(list(set(left.values())))
    assert set(left) == set(ids[len(first) :])
    assert sum(each.articles for each in records.values()) == len(left)
    assert sorted(name for story in records for name in members(store, story)) == sorted(left)
