"""Outgoing events of both stores, read page by page, from the middle of an entry as well."""

from __future__ import annotations

from datetime import timedelta

import pytest

from copytaster.bootstrap.store import redis_store
from copytaster.clock import ManualClock
from copytaster.model.article import ArticleStatus
from copytaster.outbound.outgoing import OutgoingEvents
from copytaster.outbound.positions import Position, parse_position
from copytaster.store.ports.events import START
from copytaster.store.redis.client import connect
from copytaster.store.store import Store
from tests.conftest import RealServer
from tests.contract.metered_server import metered
from tests.factories import Desk, a_desk, an_item, prose


@pytest.fixture
def desk(store: Store, clock: ManualClock) -> Desk:
    return a_desk(store, clock)


def all_of(outgoing: OutgoingEvents, position: str, *, limit: int) -> list[tuple[str, str]]:
    """Read to the end, each time from the id of the event that was read last, and return types and ids."""
    found: list[tuple[str, str]] = []
    while events := outgoing.after(parse_position(position), limit=limit).events:
        found.append((events[0].type, events[0].id))
        position = events[0].id
    return found


def test_what_becomes_of_items_is_told_for_each(desk: Desk) -> None:
    known = desk.deliver_items(an_item(prose(1)))
    desk.ingest(known)
    outgoing = OutgoingEvents(desk.store, desk.clock)
    before = outgoing.end()
    file = desk.deliver_items(an_item(prose(1)), an_item(prose(2)), an_item(prose(3), status=ArticleStatus.WITHHELD))

    desk.ingest(file)

    page = outgoing.after(before)
    ids = desk.settled(file).article_ids
    assert [(each.type, each.subject) for each in page.events] == [
        ("delivery.registered", file),
        ("article.duplicate", ids[0]),
        ("article.stored", ids[1]),
        ("article.withheld", ids[2]),
    ]
    assert [each.data.get("source") for each in page.events] == ["wire"] * 4
    assert (page.gap, page.more, page.position) == (False, False, outgoing.end())


def test_a_single_article_under_embargo_is_told_as_withheld_until_it_is_over(desk: Desk) -> None:
    until = desk.clock.now() + timedelta(hours=1)
    held = an_item(prose(1), status=ArticleStatus.WITHHELD, embargoed_until=until.isoformat())
    over = (desk.clock.now() - timedelta(hours=1)).isoformat()
    free = an_item(prose(2), status=ArticleStatus.WITHHELD, embargoed_until=over)

    desk.ingest(desk.deliver_items(held), desk.deliver_items(free))

    outgoing = OutgoingEvents(desk.store, desk.clock)
    told = [each.type for each in outgoing.after(Position(START)).events if each.type.startswith("article.")]
    assert told == ["article.withheld", "article.stored"]


def test_no_event_contains_a_word_of_the_article(desk: Desk) -> None:
    words = prose(1)
    desk.ingest(desk.deliver_items(an_item(words, title="Zanzibar", status=ArticleStatus.WITHHELD)))

    documents = [each.document() for each in OutgoingEvents(desk.store, desk.clock).after(Position(START)).events]

    assert len(documents) == 2
    assert [word for word in ["Zanzibar", *words] if any(word in each for each in documents)] == []


def test_a_reader_may_stop_after_any_event_and_gets_each_once(desk: Desk) -> None:
    desk.ingest(desk.deliver_items(*(an_item(prose(seed)) for seed in range(1, 6))))
    desk.ingest(desk.deliver_items(an_item(prose(9))))
    outgoing = OutgoingEvents(desk.store, desk.clock)
    whole = [(each.type, each.id) for each in outgoing.after(Position(START)).events]

    assert all_of(outgoing, START, limit=1) == whole
    assert all_of(outgoing, START, limit=100) == whole
    assert [each for each, _ in whole].count("article.stored") == 6


def test_a_reader_whose_entry_is_gone_in_the_middle_learns_of_the_gap(desk: Desk) -> None:
    desk.ingest(desk.deliver_items(an_item(prose(1))))

    page = OutgoingEvents(desk.store, desk.clock).after(parse_position("1-5-3"))

    assert page.gap


def test_a_page_costs_three_round_trips_and_an_idle_look_one_command(server: RealServer, clock: ManualClock) -> None:
    client = connect(server.address, name="metered")
    desk = a_desk(redis_store(client, clock=clock, window=timedelta(days=30)), clock)
    outgoing = OutgoingEvents(desk.store, desk.clock)
    desk.ingest(desk.deliver_items(an_item(prose(1))))
    desk.ingest(desk.deliver_items(*(an_item(prose(seed)) for seed in range(2, 30))))
    start = parse_position(outgoing.after(Position(START), limit=1).events[0].id)

    with metered(client) as counting:
        pass
    with metered(client) as reading:
        page = outgoing.after(start)
    with metered(client) as idle:
        outgoing.after(page.position)

    articles = sum(each.type == "article.stored" for each in page.events)
    assert (articles, len(page.events)) == (29, 30)
    # For each article a script of two commands, for each delivery one.
    assert reading.commands - counting.commands <= 1 + 8 * articles + 2
    assert idle.commands - counting.commands == 1
    client.close()
