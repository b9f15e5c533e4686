"""Readers of the event stream learn of every event that they missed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from copytaster.bootstrap.store import redis_store
from copytaster.clock import ManualClock
from copytaster.model.article import ArticleId, ArticleStatus
from copytaster.model.delivery import Outcome
from copytaster.model.disposition import Disposition
from copytaster.model.events import EventKind
from copytaster.model.progress import ItemEnd, Progress
from copytaster.store.ports.events import START
from copytaster.store.ports.ledger import Advance
from copytaster.store.redis.client import connect
from copytaster.store.store import Store
from tests.conftest import RealServer
from tests.contract.metered_server import metered
from tests.factories import a_delivery, delivery_id

SOON = timedelta(seconds=10)


def register(store: Store, *numbers: int) -> None:
    for number in numbers:
        store.ledger.register(a_delivery(number), due_in=SOON, by="watcher@one:1")


def test_a_reader_of_an_empty_stream_gets_the_first_event(store: Store) -> None:
    position = store.events.end()
    nothing = store.events.follow(position, limit=10)
    register(store, 1)

    page = store.events.follow(nothing.position, limit=10)

    assert (position, nothing.events, nothing.gap) == (START, (), False)
    assert [each.delivery_id for each in page.events] == [delivery_id(1)]
    assert (page.position, page.gap) == (page.events[-1].id, False)


def test_a_reader_gets_what_was_written_between_two_reads(store: Store) -> None:
    register(store, 1, 2, 3)
    end = store.events.end()
    register(store, 4, 5, 6)

    first = store.events.follow(end, limit=2)
    second = store.events.follow(first.position, limit=2)
    third = store.events.follow(second.position, limit=2)

    found = [each.delivery_id for page in (first, second, third) for each in page.events]
    assert found == [delivery_id(number) for number in (4, 5, 6)]
    assert [page.gap for page in (first, second, third)] == [False, False, False]
    assert first.last_read
    assert (first.last_read.id, third.position) == (end, second.position)


def test_a_reader_that_has_seen_more_than_there_is_learns_of_the_gap(store: Store) -> None:
    register(store, 1, 2)

    page = store.events.follow("99999999999999-0", limit=10)

    assert (page.gap, page.events, page.position) == (True, (), store.events.end())


def test_a_reader_whose_stream_is_gone_learns_of_the_gap(store: Store) -> None:
    page = store.events.follow("5-0", limit=10)

    assert (page.gap, page.events, page.position) == (True, (), START)


def test_the_items_of_a_long_file_are_reported_while_it_is_read(store: Store) -> None:
    register(store, 1)
    store.ledger.begin(delivery_id(1), owner="w1", lease=SOON)
    first = ItemEnd(article_id=ArticleId("a1"), disposition=Disposition.STORED)
    second = ItemEnd(article_id=ArticleId("a2"), disposition=Disposition.NEW_VERSION, status=ArticleStatus.CANCELED)
    progress = Progress(items={Disposition.STORED: 1})
    end = Outcome(disposition=Disposition.STORED, article_ids=(ArticleId("a1"),), progress=progress, items=(second,))

    store.ledger.advance(delivery_id(1), Advance(progress, [first.article_id], [], [first]), owner="w1", lease=SOON)
    store.ledger.advance(delivery_id(1), Advance(progress, [], []), owner="w1", lease=SOON)
    store.ledger.settle(delivery_id(1), end, by="w1")

    reported = [(each.kind, each.items) for each in store.events.read(after=None, limit=10)]
    assert reported == [
        (EventKind.DELIVERY_REGISTERED, None),
        (EventKind.DELIVERY_ADVANCED, (first,)),
        (EventKind.DELIVERY_SETTLED, (second,)),
    ]


@pytest.fixture
def server_store(server: RealServer, clock: ManualClock) -> Store:
    return redis_store(connect(server.address, name="trimmed"), clock=clock, window=SOON)


def test_a_reader_of_a_trimmed_stream_learns_of_the_gap(server: RealServer, server_store: Store) -> None:
    client = connect(server.address, name="trims")
    register(server_store, *range(1, 11))
    seen = server_store.events.read(after=None, limit=10)

    client.xtrim("ct:{ledger}:events", maxlen=4, approximate=False)

    behind, at_first, before_first = (server_store.events.follow(seen[n].id, limit=2) for n in (2, 6, 5))
    assert (behind.gap, behind.events) == (True, tuple(seen[6:8]))
    assert (at_first.gap, at_first.events) == (False, tuple(seen[7:9]))
    assert (before_first.gap, before_first.events) == (True, tuple(seen[6:8]))
    assert server_store.events.follow(START, limit=2).gap is False
    client.close()


def test_following_costs_one_command(server: RealServer) -> None:
    client = connect(server.address, name="metered")
    store = redis_store(client, clock=ManualClock(), window=SOON)
    register(store, *range(1, 6))
    position = store.events.read(after=None, limit=2)[-1].id

    with metered(client) as counting:
        pass
    with metered(client) as following:
        page = store.events.follow(position, limit=2)
    with metered(client) as idle:
        store.events.follow(store.events.read(after=None, limit=5)[-1].id, limit=2)

    assert len(page.events) == 2
    assert following.commands - counting.commands == 1
    assert idle.commands - counting.commands == 2  # one of them finds the last id
    client.close()
