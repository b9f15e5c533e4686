"""What a search and the upkeep of its index cost the server does not grow with what is stored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from redis import Redis

from copytaster.clock import ManualClock
from copytaster.search.index_folder import FolderIndex, IndexFolder
from copytaster.search.projection import Projection
from copytaster.search.query import Order
from copytaster.search.search import Search
from copytaster.store.ports.articles import ArticleQuery
from copytaster.store.store import Store
from tests.contract.metered_server import Cost, metered
from tests.factories import START, Desk, a_desk, an_article, an_item, delivery_id, prose

DIGITS = 200
"""Bytes by which two equal pieces of work may differ: numbers and times with more digits."""


@pytest.fixture
def store(server_store: Store) -> Store:
    return server_store


@pytest.fixture
def desk(store: Store, clock: ManualClock) -> Desk:
    return a_desk(store, clock)


@dataclass(frozen=True, slots=True)
class Machine:
    """An index in a folder, its upkeep, and a search on it."""

    folder: IndexFolder
    projection: Projection
    search: Search

    def rebuild(self) -> None:
        self.folder.request_rebuild()
        while self.projection.step():
            pass


@pytest.fixture
def machine(store: Store, clock: ManualClock, tmp_path: Path) -> Iterator[Machine]:
    folder, index = IndexFolder(tmp_path), FolderIndex(tmp_path)
    projection = Projection(folder, store, clock)
    yield Machine(folder, projection, Search(index, store))
    projection.close()
    index.close()


def put(store: Store, first: int, last: int) -> None:
    for number in range(first, last):
        article = an_article(f"a{number:04}", received_at=START + timedelta(minutes=number))
        store.articles.create(article, owner=delivery_id(number))


def cost_of(search: Search, client: Redis, order: Order) -> Cost:
    with metered(client) as cost:
        page = search.find("harbour", ArticleQuery(limit=20), order=order, now=START)
    assert len(page.items) == 20
    return cost


@pytest.mark.parametrize("order", list(Order))
def test_a_page_costs_the_same_among_ten_times_as_many_matches(
    order: Order, client: Redis, store: Store, machine: Machine
) -> None:
    put(store, 0, 40)
    machine.rebuild()
    cost_of(machine.search, client, order)  # loads the scripts
    few = cost_of(machine.search, client, order)
    put(store, 40, 400)
    machine.rebuild()
    many = cost_of(machine.search, client, order)

    assert many.commands <= few.commands
    assert many.read <= few.read + DIGITS
    assert many.written <= few.written + DIGITS


def test_an_idle_projection_costs_one_command_and_an_article_a_few(client: Redis, desk: Desk, machine: Machine) -> None:
    machine.rebuild()
    delivery = desk.deliver_items(an_item(prose(1)))
    desk.ingest(delivery)
    while machine.projection.step():
        pass
    with metered(client) as idle:
        machine.projection.step()
    for number in range(5):
        desk.ingest(desk.deliver_items(an_item(prose(2 + number))))
    with metered(client) as busy:
        machine.projection.step()

    overhead = 2  # the meter's own commands
    assert idle.commands <= 1 + overhead
    assert busy.commands <= idle.commands + 4 * 5
