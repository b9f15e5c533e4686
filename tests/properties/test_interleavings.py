"""Copies that arrive at the same moment, worked on by threads against a real server: the interleavings are its own."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from redis import Redis

from copytaster.bootstrap.store import redis_store
from copytaster.clock import ManualClock
from copytaster.model.delivery import DeliveryId
from copytaster.model.disposition import Disposition
from copytaster.pipeline.tag import tag
from copytaster.store.ports.stories import founded_story
from copytaster.store.redis.client import connect
from tests.factories import Desk, a_desk, an_item, prose

if TYPE_CHECKING:
    from tests.conftest import RealServer

ROUNDS, COPIES = 50, 8


@pytest.fixture
def client(server: RealServer) -> Iterator[Redis]:
    client = connect(server.address, name="interleavings")
    yield client
    client.close()


@pytest.fixture
def desk(client: Redis, clock: ManualClock) -> Desk:
    return a_desk(redis_store(client, clock=clock, window=timedelta(days=1)), clock)


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(COPIES) as pool:
        yield pool


def at_once(desk: Desk, threads: ThreadPoolExecutor, ids: list[DeliveryId]) -> None:
    """Let as many workers as there are ids begin at the same moment, one id each."""
    messages_at_once(desk, threads, [[each] for each in ids])


def messages_at_once(desk: Desk, threads: ThreadPoolExecutor, messages: list[list[DeliveryId]]) -> None:
    """Let as many workers as there are messages begin at the same moment, one message each."""
    start = Barrier(len(messages))

    def work(number: int) -> None:
        deps = replace(desk.deps, owner=f"worker@test:{number}")
        start.wait(10)
        desk.ingest(*messages[number], deps=deps)

    list(threads.map(work, range(len(messages))))


def ends(desk: Desk, ids: list[DeliveryId]) -> list[Any]:
    return sorted(desk.settled(each).disposition or "" for each in ids)


ONE_STORED = sorted([Disposition.STORED] + [Disposition.DUPLICATE] * (COPIES - 1))


def test_of_near_copies_that_arrive_at_once_exactly_one_is_stored(desk: Desk, threads: ThreadPoolExecutor) -> None:
    for cluster in range(ROUNDS):
        text = prose(cluster)
        copies = [an_item(text[:110] + prose(cluster * 100 + copy + 1_000, count=3)) for copy in range(COPIES)]
        ids = [desk.deliver_items(each) for each in copies]

        at_once(desk, threads, ids)

        assert ends(desk, ids) == ONE_STORED
        originals = {desk.settled(each).relation for each in ids}
        assert len({each.of for each in originals if each}) == 1
        assert desk.store.articles.count() == cluster + 1
    assert desk.store.ledger.balance().closed


def test_near_copies_that_arrive_at_once_are_in_one_story(desk: Desk, threads: ThreadPoolExecutor) -> None:
    for cluster in range(ROUNDS // 5):
        text = prose(cluster)
        copies = [an_item(text[:110] + prose(cluster * 100 + copy + 1_000, count=3)) for copy in range(COPIES)]
        ids = [desk.deliver_items(each) for each in copies]

        at_once(desk, threads, ids)

        articles = {each: desk.settled(each).article_ids[0] for each in ids}
        (original,) = (each for each in ids if desk.settled(each).disposition is Disposition.STORED)
        tag([articles[original]], deps=desk.deps)
        assert set(desk.store.stories.ids([*articles.values()]).values()) == {founded_story(articles[original])}
    assert sum(each.first for each in desk.store.source_statistics.counts()) == ROUNDS // 5


def test_of_near_copies_in_messages_that_are_processed_at_once_exactly_one_is_stored(
    desk: Desk, threads: ThreadPoolExecutor
) -> None:
    for cluster in range(ROUNDS):
        text = prose(cluster)
        copies = [an_item(text[:110] + prose(cluster * 100 + copy + 1_000, count=3)) for copy in range(COPIES)]
        ids = [desk.deliver_items(each) for each in [*copies, *copies[:2]]]

        messages_at_once(desk, threads, [ids[start::4] for start in range(4)])

        assert ends(desk, ids) == sorted([Disposition.STORED] + [Disposition.DUPLICATE] * (len(ids) - 1))
        assert {desk.settled(each).attempts for each in ids} == {1}
        assert desk.store.articles.count() == cluster + 1
    assert desk.store.ledger.balance().closed


def test_a_message_that_many_workers_get_is_processed_once(desk: Desk, threads: ThreadPoolExecutor) -> None:
    for group in range(ROUNDS // 5):
        ids = [desk.deliver_items(an_item(prose(group * 10 + number))) for number in range(5)]

        messages_at_once(desk, threads, [ids] * 4)

        records = [desk.settled(each) for each in ids]
        assert {(each.disposition, each.attempts, len(each.timeline)) for each in records} == {
            (Disposition.STORED, 1, 3)
        }


def test_of_equal_bytes_that_arrive_at_once_exactly_one_is_stored(desk: Desk, threads: ThreadPoolExecutor) -> None:
    for cluster in range(ROUNDS):
        ids = [desk.deliver_items(an_item(prose(cluster))) for _ in range(COPIES)]

        at_once(desk, threads, ids)

        assert ends(desk, ids) == ONE_STORED
        (article,) = desk.store.articles.get_many(list({each for one in ids for each in desk.settled(one).article_ids}))
        assert article.duplicate_count == COPIES - 1
    assert desk.store.ledger.balance().closed


def test_of_states_of_one_page_that_arrive_at_once_each_is_a_version_and_the_latest_is_shown(
    desk: Desk, threads: ThreadPoolExecutor
) -> None:
    for page in range(ROUNDS // 5):
        states = [
            an_item(
                prose(page * 100 + hour),
                url=f"https://example.org/{page}",
                modified_at=f"2026-01-01T{hour:02}:00:00+00:00",
            )
            for hour in range(COPIES)
        ]
        ids = [desk.deliver_items(each) for each in states]

        at_once(desk, threads, ids)

        assert ends(desk, ids) == sorted([Disposition.STORED] + [Disposition.NEW_VERSION] * (COPIES - 1))
        shown = desk.store.articles.get(desk.settled(ids[0]).article_ids[0])
        assert shown
        assert shown.text == " ".join(prose(page * 100 + COPIES - 1))


def test_one_delivery_begun_by_many_workers_is_processed_by_one(desk: Desk, threads: ThreadPoolExecutor) -> None:
    for cluster in range(ROUNDS):
        delivery = desk.deliver_items(an_item(prose(cluster)))

        at_once(desk, threads, [delivery] * COPIES)

        record = desk.settled(delivery)
        assert (record.disposition, record.attempts) == (Disposition.STORED, 1)
        assert len(record.timeline) == 3
