"""Old placements leave the archive with the last of their articles."""

from __future__ import annotations

from datetime import timedelta

import pytest

from copytaster.archive.placements import MemoryPlacements, PlacedGroup, Placement
from copytaster.articles.placement_retention import PASS_EVERY, PlacementRetention
from copytaster.articles.removal import remove_article
from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.model.article import ArticleId
from copytaster.store.store import Store
from tests.factories import START, an_article, delivery_id

DAY = timedelta(days=1)
A1, A2 = ArticleId("a1"), ArticleId("a2")


@pytest.fixture
def store(clock: ManualClock) -> Store:
    store = memory_store(clock)
    store.epoch.acquire("watcher", lease=DAY)
    store.epoch.mark_complete("e1", owner="watcher", run=store.epoch.read().run, until=START)
    for number, each in enumerate((A1, A2)):
        store.articles.create(an_article(each), owner=delivery_id(number))
    return store


@pytest.fixture
def placements() -> MemoryPlacements:
    placements = MemoryPlacements()
    for days, each in ((0, A1), (1, A2)):
        placed = Placement(article_id=each, story_id=f"s{each[1:]}")
        placements.record(PlacedGroup(at=START + days * DAY, placements=(placed,)))
    return placements


def retention(store: Store, placements: MemoryPlacements, clock: ManualClock, days: int | None) -> PlacementRetention:
    age = None if days is None else days * DAY
    return PlacementRetention(placements=placements, store=store, clock=clock, age=age)


def run(job: PlacementRetention, clock: ManualClock) -> list[str | None]:
    clock.advance(seconds=PASS_EVERY.total_seconds())
    return [job.step() for _ in range(5)]


def test_a_day_goes_when_it_is_old_and_none_of_its_articles_is_stored(
    store: Store, placements: MemoryPlacements, clock: ManualClock
) -> None:
    job = retention(store, placements, clock, 90)
    clock.advance(seconds=(91 * DAY).total_seconds())

    assert run(job, clock) == [None] * 5
    remove_article(A1, store, before=None)
    assert [each for each in run(job, clock) if each] == ["2026/01/01"]
    assert placements.days() == ["2026/01/02"]


def test_a_young_day_stays_though_its_articles_are_gone(
    store: Store, placements: MemoryPlacements, clock: ManualClock
) -> None:
    for each in (A1, A2):
        remove_article(each, store, before=None)
    clock.advance(seconds=(80 * DAY).total_seconds())

    assert run(retention(store, placements, clock, 90), clock) == [None] * 5
    assert run(retention(store, placements, clock, None), clock) == [None] * 5
    assert len(placements.days()) == 2


def test_nothing_goes_while_the_store_may_lack_articles(placements: MemoryPlacements, clock: ManualClock) -> None:
    emptied = memory_store(clock)
    clock.advance(seconds=(91 * DAY).total_seconds())

    assert run(retention(emptied, placements, clock, 90), clock) == [None] * 5
    assert len(placements.days()) == 2
