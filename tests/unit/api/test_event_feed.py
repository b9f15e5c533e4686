"""One reader serves all clients of an API process, and no client misses an event without being told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.errors import ServerUnavailableError
from copytaster.model.article import ArticleId
from copytaster.model.delivery import Outcome
from copytaster.model.disposition import Disposition
from copytaster.outbound.event_types import EventFilter
from copytaster.outbound.outgoing import PAGE, OutgoingEvents, OutgoingPage
from copytaster.outbound.positions import Position, parse_position
from copytaster.store.ports.events import START
from copytaster.store.store import Store
from copytaster_api.event_feed import EventFeed
from tests.factories import a_delivery, delivery_id

SECONDS = 20.0

QUICK = 0.05
"""Interval of heartbeats of a test that waits for one."""

EVERYTHING = EventFilter()


@dataclass(frozen=True, slots=True)
class CountedEvents(OutgoingEvents):
    """Counts the looks at the stream, and the events of each page that had some; it fails while ``is_away``."""

    looks: list[str] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    is_away: list[bool] = field(default_factory=list)

    def after(self, position: Position, *, limit: int = PAGE) -> OutgoingPage:
        self.looks.append(str(position))
        if self.is_away:
            raise ServerUnavailableError("the server is away")
        page = OutgoingEvents(self.store, self.clock).after(position, limit=limit)
        self.lengths.extend([len(page.events)] if page.events else [])
        return page


@dataclass(slots=True)
class Wire:
    """A store with events, and a feed of them."""

    store: Store
    outgoing: CountedEvents
    count: int = 0

    def feed(self, **options: Any) -> EventFeed:
        return EventFeed(self.outgoing, **{"most_clients": 10} | options)

    def store_articles(self, number: int) -> list[str]:
        """Register and settle deliveries: two events for each."""
        ids = []
        for _ in range(number):
            self.count += 1
            delivery, article = delivery_id(self.count), ArticleId(f"a{self.count}")
            self.store.ledger.register(a_delivery(self.count), due_in=timedelta(seconds=9), by="watcher@one:1")
            stored = Outcome(disposition=Disposition.STORED, article_ids=(article,))
            self.store.ledger.settle(delivery, stored, by="w1")
            ids += [delivery, article]
        return ids


@pytest.fixture
def wire(clock: ManualClock) -> Wire:
    store = memory_store(clock)
    return Wire(store, CountedEvents(store, clock))


@dataclass(slots=True)
class Client:
    """Reads the messages of a feed as a browser does."""

    messages: AsyncIterator[bytes]
    last_id: str = ""
    comments: list[str] = field(default_factory=list)
    received: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    async def read_message(self) -> None:
        """Read one piece, with all its messages."""
        piece = await asyncio.wait_for(anext(self.messages), SECONDS)
        for block in piece.decode().replace("\r\n", "\n").removesuffix("\n\n").split("\n\n"):
            fields = dict(line.split(": ", 1) for line in block.split("\n") if not line.startswith(":"))
            self.comments += [line.removeprefix(": ") for line in block.split("\n") if line.startswith(":")]
            self.last_id = fields.get("id", self.last_id)
            if "data" in fields:
                self.received.append((fields["event"], json.loads(fields["data"])))

    async def read_until(self, condition: Callable[[], object]) -> None:
        while not condition():
            await self.read_message()

    async def connected(self) -> None:
        await self.read_until(lambda: "connected" in self.comments)

    def subjects(self) -> list[str]:
        return [data["subject"] for _, data in self.received]


def connect(feed: EventFeed, after: str | None = None, wanted: EventFilter = EVERYTHING) -> Client:
    return Client(joined(feed, parse_position(after) if after else None, wanted))


async def joined(feed: EventFeed, after: Position | None, wanted: EventFilter) -> AsyncIterator[bytes]:
    with feed.joined():
        async for message in feed.follow(after, wanted):
            yield message


def run(test: Callable[[], Awaitable[None]]) -> None:
    async def limited() -> None:
        await asyncio.wait_for(test(), SECONDS)

    asyncio.run(limited())


def test_a_client_gets_what_happens_after_it_has_connected(wire: Wire) -> None:
    async def test() -> None:
        wire.store_articles(3)
        client = connect(wire.feed())
        await client.connected()
        expected = wire.store_articles(70)

        await client.read_until(lambda: len(client.received) == len(expected))

        assert client.subjects() == expected
        assert {kind for kind, _ in client.received} == {"delivery.registered", "article.stored"}
        assert client.last_id == wire.store.events.end() == client.received[-1][1]["id"]

    run(test)


def test_a_client_that_comes_back_gets_what_it_has_missed(wire: Wire) -> None:
    async def test() -> None:
        first = wire.store_articles(2)
        feed = wire.feed()
        client = connect(feed, START)
        await client.read_until(lambda: len(client.received) == 4)
        await client.messages.aclose()  # type: ignore[attr-defined]  # it is a generator
        missed = wire.store_articles(150)

        again = connect(feed, client.last_id)
        await again.read_until(lambda: len(again.received) == len(missed))
        live = wire.store_articles(1)
        await again.read_until(lambda: len(again.received) == len(missed) + 2)

        assert (client.subjects(), again.subjects()) == (first, missed + live)

    run(test)


def test_many_clients_cost_one_reader(wire: Wire) -> None:
    async def test() -> None:
        feed = wire.feed()
        clients = [connect(feed) for _ in range(9)]
        for each in clients:
            await each.connected()
        expected = wire.store_articles(PAGE // 2)

        for each in clients:
            await each.read_until(lambda each=each: len(each.received) == len(expected))  # type: ignore[misc]

        assert [each.subjects() for each in clients] == [expected] * 9
        assert wire.outgoing.lengths == [len(expected)]

    run(test)


def test_a_client_gets_only_what_it_wants_and_still_learns_where_it_is(wire: Wire) -> None:
    async def test() -> None:
        feed = wire.feed(heartbeat=QUICK)
        client = connect(feed, wanted=EventFilter(types=("delivery.quarantined",)))
        await client.connected()
        wire.store_articles(2)
        end = wire.store.events.end()

        await client.read_until(lambda: client.last_id == end)

        assert client.received == []
        assert client.comments[-1] == "heartbeat"

    run(test)


def test_a_client_that_reads_slowly_gets_everything_although_it_is_not_kept(wire: Wire) -> None:
    async def test() -> None:
        feed = wire.feed(kept=10)
        slow, quick = connect(feed), connect(feed)
        await slow.connected()
        await quick.connected()
        expected = wire.store_articles(200)
        await quick.read_until(lambda: len(quick.received) == len(expected))
        assert feed.live
        kept = len(feed.live.events)

        await slow.read_until(lambda: len(slow.received) == len(expected))

        assert slow.subjects() == quick.subjects() == expected
        assert kept <= 20

    run(test)


def test_an_id_that_the_stream_does_not_have_any_more_is_answered_by_a_gap(wire: Wire) -> None:
    async def test() -> None:
        wire.store_articles(3)
        end = wire.store.events.end()
        client = connect(wire.feed(), "99999999999999-0")
        await client.read_until(lambda: client.received)
        live = wire.store_articles(1)
        await client.read_until(lambda: len(client.received) == 3)

        kind, data = client.received[0]
        assert (kind, data) == ("gap", {"missing_after": "99999999999999-0", "going_on_after": end})
        assert [each["subject"] for _, each in client.received[1:]] == live

    run(test)


def test_a_server_that_loses_its_events_gives_every_client_a_gap(wire: Wire, clock: ManualClock) -> None:
    async def test() -> None:
        wire.store_articles(5)
        feed = wire.feed()
        clients = [connect(feed), connect(feed)]
        for each in clients:
            await each.connected()
        emptied = memory_store(clock)
        object.__setattr__(wire.outgoing, "store", emptied)
        for each in clients:
            await each.read_until(lambda each=each: each.received)  # type: ignore[misc]

        emptied.ledger.register(a_delivery(77), due_in=timedelta(seconds=9), by="watcher@one:1")
        for each in clients:
            await each.read_until(lambda each=each: len(each.received) == 2)  # type: ignore[misc]

        for each in clients:
            assert [kind for kind, _ in each.received] == ["gap", "delivery.registered"]
            assert each.received[1][1]["subject"] == delivery_id(77)

    run(test)


def test_an_outage_of_the_server_interrupts_no_stream(wire: Wire) -> None:
    async def test() -> None:
        feed = wire.feed(heartbeat=QUICK)
        client = connect(feed)
        await client.connected()
        wire.outgoing.is_away.append(True)
        expected = wire.store_articles(1)
        looks = len(wire.outgoing.looks)
        await client.read_until(lambda: len(wire.outgoing.looks) > looks and client.comments[-1] == "heartbeat")
        wire.outgoing.is_away.clear()

        await client.read_until(lambda: len(client.received) == 2)

        assert client.subjects() == expected

    run(test)


def test_a_client_that_leaves_frees_its_place(wire: Wire) -> None:
    async def test() -> None:
        feed = wire.feed(most_clients=1)
        client = connect(feed)
        await client.connected()
        full = feed.is_full
        await client.messages.aclose()  # type: ignore[attr-defined]  # it is a generator

        assert (full, feed.is_full) == (True, False)

    run(test)


def test_every_stream_ends_when_the_process_does(wire: Wire) -> None:
    async def test() -> None:
        feed = wire.feed()
        clients = [connect(feed), connect(feed)]
        for each in clients:
            await each.connected()

        feed.closing.set()

        for each in clients:
            with pytest.raises(StopAsyncIteration):
                await each.read_until(lambda: False)

    run(test)
