"""The stream of events of a real API process, whose clients, network and server fail."""

from __future__ import annotations

import asyncio
import json
import random
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from copytaster.bootstrap.store import redis_store
from copytaster.clock import SystemClock
from copytaster.errors import TransientError
from copytaster.model.delivery import Outcome
from copytaster.model.disposition import Disposition
from copytaster.outbound.outgoing import OutgoingEvents
from copytaster.outbound.positions import Position
from copytaster.store.ports.events import START
from copytaster.store.redis.client import READER_TIMEOUT_SECONDS, connect
from copytaster.store.store import Store
from tests.factories import a_delivery, an_article
from tests.integration.api_process import Api, running
from tests.integration.event_clients import EventClient

if TYPE_CHECKING:
    from tests.conftest import RealServer, Waiter

CLIENTS = 100
ARTICLES = 2_000

END_SECONDS = 120.0

WRITE_SECONDS = 60.0
"""More than the time for which a client may read nothing."""

UNREAD = 40_000
"""Events that do not fit into the buffers of a connection, some 20 MB."""


@pytest.fixture
def api(tmp_path: Path, own_server: RealServer, own_port: int, wait: Waiter) -> Iterator[Api]:
    with running(Api(tmp_path, own_server, own_port), wait) as api:
        yield api


@pytest.fixture
def store(own_server: RealServer) -> Iterator[Store]:
    client = connect(own_server.address, name="writer")
    yield redis_store(client, clock=SystemClock(), window=timedelta(days=1))
    client.close()


def store_article(store: Store, number: int) -> None:
    """Register and settle a delivery, however often it takes; the store accepts each once."""
    delivery = a_delivery(number)
    article = an_article(f"a{number}", source="wire")
    while True:
        with suppress(TransientError):
            store.ledger.register(delivery, due_in=timedelta(seconds=60), by="watcher@one:1")
            store.articles.create(article, owner=delivery.id)
            outcome = Outcome(disposition=Disposition.STORED, article_ids=(article.id,))
            store.ledger.settle(delivery.id, outcome, by="worker@one:2")
            return


def fill(server: RealServer, count: int) -> None:
    """Write events quickly, about deliveries that do not exist."""
    with server.client() as client:
        pipe = client.pipeline(transaction=False)
        for number in range(count):
            event = {
                "schema_version": 1,
                "kind": "delivery.registered",
                "at": "2026-11-29T00:00:00Z",
                "delivery_id": f"d{number:022x}",
            }
            pipe.xadd("ct:{ledger}:events", {"json": json.dumps(event)})
        pipe.execute()


def written(store: Store, after: Position) -> list[str]:
    """Return the ids of all events after a position."""
    outgoing, ids = OutgoingEvents(store, SystemClock()), list[str]()
    page = outgoing.after(after)
    while page.events:
        ids += [each.id for each in page.events]
        page = outgoing.after(page.position)
    return ids


def is_done(task: asyncio.Task[None]) -> bool:
    return task.done()


async def until(condition: Callable[[], object], *, seconds: float = END_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"after {seconds:g} s the condition does not hold"
        await asyncio.sleep(0.05)


def test_each_of_a_hundred_clients_gets_every_event_once_in_order(
    api: Api, store: Store, own_server: RealServer
) -> None:
    """Clients lose their connections, and the server is killed and started again, while articles are stored."""
    chance = random.Random(7)

    async def test() -> tuple[list[EventClient], list[str]]:
        start = OutgoingEvents(store, SystemClock()).end()
        clients = [EventClient(api.port) for _ in range(CLIENTS)]
        tasks = [asyncio.create_task(each.read_for_ever()) for each in clients]
        await until(lambda: all(each.last_id for each in clients))
        storing = asyncio.create_task(asyncio.to_thread(store_all))
        restart = asyncio.create_task(restart_half_way())
        while not storing.done():
            chance.choice(clients).drop()
            await asyncio.sleep(0.01)
        await asyncio.gather(storing, restart)
        expected = await asyncio.to_thread(written, store, start)
        await until(lambda: all(each.ids[-1:] == expected[-1:] for each in clients) or any(map(is_done, tasks)))
        assert [task.exception() for task in tasks if task.done()] == []
        for task in tasks:
            task.cancel()
        return clients, expected

    stored: list[int] = []

    def store_all() -> None:
        for number in range(1, ARTICLES + 1):
            store_article(store, number)
            stored.append(number)

    async def restart_half_way() -> None:
        await until(lambda: len(stored) > ARTICLES / 2)
        await asyncio.to_thread(own_server.kill)
        await asyncio.to_thread(own_server.start)
        assert len(stored) < ARTICLES

    clients, expected = asyncio.run(test())

    assert len(expected) == 2 * ARTICLES
    assert [each.gaps for each in clients] == [0] * CLIENTS
    assert sum(each.connections for each in clients) > 2 * CLIENTS
    assert [number for number, each in enumerate(clients) if each.ids != expected] == []


def test_a_stream_that_was_quiet_for_longer_than_any_timeout_goes_on(api: Api, store: Store) -> None:
    async def test() -> EventClient:
        client = EventClient(api.port)
        task = asyncio.create_task(client.read_connection())
        await until(lambda: client.last_id)
        begin = time.monotonic()
        await until(lambda: time.monotonic() - begin > 3 * READER_TIMEOUT_SECONDS)
        store_article(store, 1)
        await until(lambda: len(client.ids) == 2)
        task.cancel()
        return client

    assert asyncio.run(test()).connections == 1


def test_an_id_that_is_older_than_the_stream_is_answered_by_a_gap(
    api: Api, store: Store, own_server: RealServer
) -> None:
    async def read_after(last_id: str, count: int) -> EventClient:
        client = EventClient(api.port, last_id=last_id)
        task = asyncio.create_task(client.read_connection())
        await until(lambda: len(client.ids) == count)
        task.cancel()
        return client

    fill(own_server, 10)
    ids = written(store, Position(START))
    with own_server.client() as client:
        client.xtrim("ct:{ledger}:events", maxlen=4, approximate=False)

    behind, present = asyncio.run(read_after(ids[2], 4)), asyncio.run(read_after(ids[6], 3))

    assert (behind.gaps, behind.ids) == (1, ids[6:])
    assert (present.gaps, present.ids) == (0, ids[7:])


def test_a_client_that_leaves_while_it_gets_old_events_leaves_nothing_behind(
    api: Api, own_server: RealServer, wait: Waiter
) -> None:
    fill(own_server, UNREAD)

    def connections() -> int:
        with own_server.client() as client:
            return sum(str(each["name"]).startswith("copytaster-api") for each in client.client_list())

    def look_and_leave() -> None:
        with api.connect() as connection:
            connection.sendall(b"GET /api/v1/events?after=0 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            assert connection.recv(12) == b"HTTP/1.1 200"
            connection.recv(65_536)

    for _ in range(10):
        look_and_leave()
    files, before = api.open_files(), connections()
    for _ in range(200):  # more than the streams that may be open at the same time
        look_and_leave()

    wait(lambda: api.open_files() <= files + 2, seconds=END_SECONDS)
    assert connections() <= before + 4  # the threads that read old events may all be in use now


def test_a_client_that_reads_nothing_is_disconnected(api: Api, own_server: RealServer, wait: Waiter) -> None:
    fill(own_server, UNREAD)
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1_024)
    connection.connect(("127.0.0.1", api.port))
    with connection:
        connection.sendall(b"GET /api/v1/events?after=0 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        wait(api.clients, seconds=END_SECONDS)

        wait(lambda: api.clients() == 0, seconds=WRITE_SECONDS)


def test_streams_end_with_the_process(api: Api) -> None:
    async def test() -> list[EventClient]:
        clients = [EventClient(api.port) for _ in range(5)]
        tasks = [asyncio.create_task(each.read_connection()) for each in clients]
        await until(lambda: all(each.last_id for each in clients))
        api.process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(asyncio.gather(*tasks), END_SECONDS)
        return clients

    clients = asyncio.run(test())

    assert [each.ended_cleanly for each in clients] == [True] * 5
    assert api.process.wait(15) == 0
    assert "rror" not in api.log.read_text()


def test_more_streams_than_allowed_are_refused_and_leave_room_for_requests(api: Api) -> None:
    async def test() -> list[int]:
        clients = [EventClient(api.port) for _ in range(140)]
        tasks = [asyncio.create_task(each.read_connection()) for each in clients]
        await until(lambda: all(each.status for each in clients))
        status = await asyncio.to_thread(lambda: api.get("/api/v1/status")[0])
        for task in tasks:
            task.cancel()
        return [status, *(each.status for each in clients)]

    status, *streams = asyncio.run(test())

    assert status == 200
    assert (streams.count(200), streams.count(503)) == (128, 12)
