from __future__ import annotations

import random
from dataclasses import astuple
from datetime import timedelta

import pytest
from redis import Redis

from copytaster.clock import ManualClock
from copytaster.store.cursor import WrongCursorError
from copytaster.store.keys import Keys
from copytaster.store.ports.source_statistics import (
    HOURS,
    MAX_SOURCES,
    OTHERS,
    UNKNOWN,
    SourceActivity,
    SourceCounts,
    hour_of,
)
from copytaster.store.store import Store
from tests.conftest import RealServer


def counts(source: str, first: int, duplicates: int, lead: float | None = None) -> SourceCounts:
    return SourceCounts(source=source, first=first, duplicates=duplicates, median_lead_seconds=lead)


def test_a_new_store_has_no_counts(store: Store) -> None:
    assert store.source_statistics.counts() == []


def test_articles_and_copies_are_counted_by_source(store: Store) -> None:
    store.source_statistics.count_first("d1", "Kestrel")
    store.source_statistics.count_first("d2", "Kestrel")
    store.source_statistics.count_copy("d3", "Quay", of="Kestrel", lead=timedelta(seconds=30))

    assert store.source_statistics.counts() == [counts("Kestrel", 2, 0, 30), counts("Quay", 0, 1)]


def test_a_redelivered_item_is_counted_once(store: Store) -> None:
    for _ in range(3):
        store.source_statistics.count_first("d1", "Kestrel")
        store.source_statistics.count_copy("d2", "Quay", of="Kestrel", lead=timedelta(seconds=5))

    assert store.source_statistics.counts() == [counts("Kestrel", 1, 0, 5), counts("Quay", 0, 1)]


def test_the_lead_is_the_median_over_other_sources(store: Store) -> None:
    for number, seconds in enumerate((1, 100, 7)):
        store.source_statistics.count_copy(f"d{number}", "Quay", of="Kestrel", lead=timedelta(seconds=seconds))

    assert store.source_statistics.counts()[1] == counts("Kestrel", 0, 0, 7)


def test_a_copy_from_the_same_source_adds_no_lead(store: Store) -> None:
    store.source_statistics.count_copy("d1", "Kestrel", of="Kestrel", lead=timedelta(seconds=5))

    assert store.source_statistics.counts() == [counts("Kestrel", 0, 1)]


def test_articles_without_a_source_are_counted_as_unknown(store: Store) -> None:
    store.source_statistics.count_first("d1", None)

    assert store.source_statistics.counts() == [counts(UNKNOWN, 1, 0)]


def test_sources_beyond_the_limit_are_counted_together(store: Store) -> None:
    for number in range(MAX_SOURCES + 2):
        store.source_statistics.count_first(f"d{number}", f"source {number}")
    store.source_statistics.count_copy("d", "source 0", of="a late one", lead=timedelta(seconds=3))

    by_name = {each.source: each for each in store.source_statistics.counts()}
    assert len(by_name) == MAX_SOURCES + 1
    assert by_name[OTHERS] == counts(OTHERS, 2, 0, 3)
    assert by_name["source 0"] == counts("source 0", 1, 1)


def test_sources_are_returned_page_by_page_the_busiest_first(store: Store) -> None:
    for number, source in enumerate(("c", "b", "a", "c", "b", "c")):
        store.source_statistics.count_first(f"d{number}", source)

    first = store.source_statistics.counts(limit=2)
    second = store.source_statistics.counts(after=first[-1].source, limit=2)

    assert (first, second) == ([counts("c", 3, 0), counts("b", 2, 0)], [counts("a", 1, 0)])
    with pytest.raises(WrongCursorError, match="next_cursor"):
        store.source_statistics.counts(after="nobody", limit=2)


@pytest.mark.parametrize("store", ["valkey"], indirect=True)
def test_counts_of_an_earlier_release_are_ranked(store: Store, server: RealServer) -> None:
    for number, source in enumerate(("a", "b", "b")):
        store.source_statistics.count_copy(f"d{number}", source, of="z", lead=timedelta(0))
    expected = store.source_statistics.counts()
    with server.client() as client:
        client.delete("ct:{senders}:busiest")

        assert store.source_statistics.counts() == expected
    assert [each.source for each in expected] == ["b", "a", "z"]


def test_every_source_is_named_in_the_figures_while_there_is_room_and_the_others_are_one(store: Store) -> None:
    statistics = store.source_statistics
    statistics.count_first("d1", "a")
    statistics.count_copy("d2", "b", of="a", lead=timedelta(seconds=1))
    early = statistics.figures(named=2)
    for number in range(5):
        statistics.count_first(f"e{number}", "c")
    statistics.count_copy("f", "d", of="a", lead=timedelta(seconds=1))

    assert sorted(map(astuple, early)) == [(OTHERS, 0, 0), ("a", 1, 0), ("b", 0, 1)]
    assert sorted(map(astuple, statistics.figures(named=2))) == [(OTHERS, 5, 1), ("a", 1, 0), ("b", 0, 1)]


def test_the_busiest_sources_are_named_if_there_are_too_many_at_first(store: Store) -> None:
    for number, source in enumerate(("a", "b", "c", "b", "c")):
        store.source_statistics.count_first(f"d{number}", source)

    assert sorted(map(astuple, store.source_statistics.figures(named=2))) == [(OTHERS, 1, 0), ("b", 2, 0), ("c", 2, 0)]


def test_what_is_counted_as_others_already_is_never_named(store: Store) -> None:
    for number in range(MAX_SOURCES + 2):
        store.source_statistics.count_first(f"d{number}", f"source {number:04}")

    *named, others = store.source_statistics.figures(named=MAX_SOURCES + 10)

    assert len(named) == MAX_SOURCES
    assert astuple(others) == (OTHERS, 2, 0)


@pytest.mark.parametrize("seed", range(3))
def test_no_figure_ever_falls_and_together_they_are_all_that_was_counted(store: Store, seed: int) -> None:
    chance, figures = random.Random(seed), dict[str, tuple[int, int]]()
    for number in range(150):
        source = f"source {min(int(chance.expovariate(0.2)), 20)}"
        if chance.random() < 0.5:
            store.source_statistics.count_first(f"d{number}", source)
        else:
            store.source_statistics.count_copy(f"d{number}", source, of="source 1", lead=timedelta(seconds=1))
        if chance.random() < 0.5:
            found = {each.source: (each.first, each.copies) for each in store.source_statistics.figures(named=5)}
            assert found.keys() >= figures.keys()
            assert all(
                now >= before for each in figures for now, before in zip(found[each], figures[each], strict=True)
            )
            assert sum(map(sum, found.values())) == number + 1
            assert len(found) <= 6
            figures = found


def test_articles_counted_together_count_like_single_ones(store: Store) -> None:
    store.source_statistics.count_first("d1", "Kestrel")

    store.source_statistics.count_first_many({"d1": "Kestrel", "d2": "Kestrel", "d3": None})
    store.source_statistics.count_first_many({})

    assert store.source_statistics.counts() == [counts("Kestrel", 2, 0), counts(UNKNOWN, 1, 0)]


def test_the_items_of_a_source_are_counted_by_the_hour(store: Store, clock: ManualClock) -> None:
    clock.advance(seconds=1800)
    store.source_statistics.count_first_many({"d1": "Kestrel", "d2": "Kestrel", "d3": "Quay"})
    clock.advance(seconds=3600)
    store.source_statistics.count_copy("d4", "Kestrel", of="Quay", lead=timedelta(seconds=5))
    store.source_statistics.count_copy("d4", "Kestrel", of="Quay", lead=timedelta(seconds=5))

    activity = store.source_statistics.activity(["Quay", "Kestrel", "nobody"])

    assert activity["Kestrel"].hourly == (*[0] * (HOURS - 2), 2, 1)
    assert activity["Kestrel"].last_seen_at == clock.now()
    assert activity["Quay"].hourly == (*[0] * (HOURS - 2), 1, 0)
    assert activity["Quay"].last_seen_at == clock.now() - timedelta(hours=1)
    assert activity["nobody"] == SourceActivity(last_seen_at=None, hourly=(0,) * HOURS)


def test_hours_that_are_over_for_a_day_are_left_out(store: Store, clock: ManualClock) -> None:
    store.source_statistics.count_first("d1", "Kestrel")
    clock.advance(seconds=HOURS * 3600)

    assert sum(store.source_statistics.activity(["Kestrel"])["Kestrel"].hourly) == 0


def test_hours_expire_on_the_server(client: Redis, server_store: Store, clock: ManualClock) -> None:
    server_store.source_statistics.count_first("d1", "Kestrel")

    assert 0 < client.ttl(Keys().source_hours(hour_of(clock.now()))) <= (HOURS + 1) * 3600


def test_no_activity_is_read_for_no_sources(store: Store) -> None:
    assert store.source_statistics.activity([]) == {}
