from __future__ import annotations

from datetime import timedelta

import pytest
from redis import Redis

from copytaster.clock import ManualClock
from copytaster.errors import ServerUnavailableError
from copytaster.model.article import ArticleId
from copytaster.model.delivery import Delivery, DeliveryId, DeliveryState, Outcome
from copytaster.model.disposition import Disposition
from copytaster.model.outage import Resource
from copytaster.model.progress import Progress
from copytaster.model.refused_transitions import Transition
from copytaster.model.work import LANES, Work
from copytaster.store.ports.ledger import Advance, Lease
from copytaster.store.store import Store
from tests.factories import a_delivery, delivery_id

NOW = timedelta(0)
LEASE = timedelta(seconds=20)
ARTICLE = ArticleId("a1")


def register(store: Store, number: int, *, lane: Work = Work.INGEST) -> DeliveryId:
    delivery = a_delivery(number, lane=lane)
    assert store.ledger.register(delivery, due_in=NOW, by="watcher@one:1")
    return delivery.id


def record(store: Store, delivery: DeliveryId) -> Delivery:
    found = store.ledger.get(delivery)
    assert found
    return found


@pytest.mark.parametrize("lane", [Work.INGEST, Work.BACKFILL])
def test_deliveries_begun_together_have_the_same_leases_as_those_begun_alone(store: Store, lane: Work) -> None:
    first, second, alone = (register(store, number, lane=lane) for number in (1, 2, 3))

    begun = store.ledger.begin_together([second, first, second], owner="w1", lease=LEASE)
    store.ledger.begin(alone, owner="w1", lease=LEASE)

    records = [record(store, each) for each in (first, second, alone)]
    assert list(begun.leases.items()) == [(second, Lease(attempt=1)), (first, Lease(attempt=1))]
    assert [lease.delivery and lease.delivery.path for lease in begun.leases.values()] == ["wire/story.txt"] * 2
    assert begun.alone == []
    assert len({(each.state, each.attempts, each.due_at, each.lane) for each in records}) == 1
    assert len({tuple((line.stage, line.by, line.what) for line in each.timeline) for each in records}) == 1
    assert store.ledger.waiting(lane) == 3
    assert store.ledger.overdue(lane, by=NOW) == 0


def test_deliveries_that_nobody_may_begin_are_left_out_and_the_refusals_are_counted(store: Store) -> None:
    leased, settled, unknown = register(store, 1), register(store, 2), delivery_id(9)
    store.ledger.begin(leased, owner="w2", lease=LEASE)
    store.ledger.settle(settled, Outcome(disposition=Disposition.STORED, article_ids=(ARTICLE,)), by="w2")

    begun = store.ledger.begin_together([leased, settled, unknown], owner="w1", lease=LEASE)

    refused = store.ledger.refusals()
    assert (begun.leases, begun.alone) == ({}, [])
    assert refused.redelivery == {Transition.BEGIN_SETTLED: 1, Transition.BEGIN_LEASED: 1}
    assert refused.conflict == {Transition.BEGIN_UNKNOWN: 1}


def test_a_second_call_by_the_same_owner_returns_the_same_leases(store: Store) -> None:
    delivery = register(store, 1)
    store.ledger.begin_together([delivery], owner="w1", lease=LEASE)

    again = store.ledger.begin_together([delivery], owner="w1", lease=LEASE)

    assert again.leases == {delivery: Lease(attempt=1)}
    assert record(store, delivery).attempts == 1


def test_after_a_death_each_is_begun_alone_and_a_fault_is_counted(store: Store, clock: ManualClock) -> None:
    ids = [register(store, number) for number in (1, 2)]
    store.ledger.begin_together(ids, owner="w1", lease=LEASE)
    clock.advance(seconds=20)

    begun = store.ledger.begin_together(ids, owner="w2", lease=LEASE)
    alone = [store.ledger.begin(each, owner="w2", lease=LEASE) for each in ids]

    assert (begun.leases, begun.alone) == ({}, ids)
    assert alone == [Lease(attempt=2, faults=1)] * 2
    assert store.ledger.refusals().redelivery == {}


@pytest.mark.parametrize("lane", LANES)
def test_what_failed_before_is_begun_alone(store: Store, lane: Work) -> None:
    delivery = register(store, 1, lane=lane)
    store.ledger.begin(delivery, owner="w1", lease=LEASE, lane=lane)
    store.ledger.postpone(delivery, owner="w1", due_in=NOW, why="a fault")

    assert store.ledger.begin_together([delivery], owner="w2", lease=LEASE).alone == [delivery]


def test_what_is_half_done_is_begun_alone(store: Store) -> None:
    delivery = register(store, 1)
    store.ledger.begin(delivery, owner="w1", lease=LEASE)
    done = Advance(Progress(position=(0,), items={Disposition.STORED: 1}), [ARTICLE], [])
    store.ledger.advance(delivery, done, owner="w1", lease=LEASE)
    store.ledger.pause(delivery, owner="w1", why="live files first")

    assert store.ledger.begin_together([delivery], owner="w2", lease=LEASE).alone == [delivery]


def test_what_waited_for_the_end_of_an_outage_is_begun_together(store: Store) -> None:
    delivery = register(store, 1)
    store.ledger.begin(delivery, owner="w1", lease=LEASE)
    store.ledger.postpone(delivery, owner="w1", due_in=NOW, why="the disk is full", cause=Resource.ARCHIVE)

    assert list(store.ledger.begin_together([delivery], owner="w2", lease=LEASE).leases) == [delivery]


@pytest.mark.parametrize("lane", [Work.INGEST, Work.BACKFILL])
def test_what_is_given_back_is_as_if_it_had_not_been_begun(store: Store, lane: Work) -> None:
    delivery = register(store, 1, lane=lane)
    before = record(store, delivery)
    store.ledger.begin_together([delivery], owner="w1", lease=LEASE)

    given = store.ledger.give_back([delivery], owner="w1")

    after, balance = record(store, delivery), store.ledger.balance()
    assert given == {delivery}
    assert after == before
    assert store.ledger.overdue(lane, by=NOW) == 1
    assert (balance.in_flight, balance.closed) == (1, True)
    assert store.ledger.begin(delivery, owner="w2", lease=LEASE) == Lease(attempt=1)


def test_an_attempt_during_an_outage_is_given_back_without_a_line_of_the_timeline(store: Store) -> None:
    delivery = register(store, 1)
    store.ledger.begin(delivery, owner="w1", lease=LEASE)
    store.ledger.postpone(delivery, owner="w1", due_in=NOW, why="the disk is full", cause=Resource.ARCHIVE)
    before = record(store, delivery)

    store.ledger.begin_together([delivery], owner="w2", lease=LEASE)
    store.ledger.give_back([delivery], owner="w2")

    assert record(store, delivery) == before


def test_what_another_worker_has_is_not_given_back(store: Store, clock: ManualClock) -> None:
    delivery = register(store, 1)
    store.ledger.begin_together([delivery], owner="w1", lease=LEASE)
    clock.advance(seconds=20)
    store.ledger.begin(delivery, owner="w2", lease=LEASE)

    assert store.ledger.give_back([delivery, delivery_id(9)], owner="w1") == set()
    assert record(store, delivery).state is DeliveryState.WORKING
    assert store.ledger.refusals().conflict == {Transition.GIVE_BACK_NOT_HELD: 2}


def test_deliveries_settled_together_end_like_those_settled_alone(store: Store) -> None:
    first, second, alone = (register(store, number) for number in (1, 2, 3))
    ends = {
        each: Outcome(disposition=Disposition.STORED, article_ids=(name,), to_tag=(name,))
        for each, name in ((first, ArticleId("a1")), (second, ArticleId("a2")), (alone, ArticleId("a3")))
    }
    store.ledger.begin_together([first, second, alone], owner="w1", lease=LEASE)

    settled = store.ledger.settle_together({each: ends[each] for each in (first, second)}, owner="w1")
    store.ledger.settle(alone, ends[alone], by="w1", owner="w1")

    records = [record(store, each) for each in (first, second, alone)]
    assert settled == {first, second}
    assert [each.article_ids for each in records] == [("a1",), ("a2",), ("a3",)]
    assert len({tuple((line.stage, line.by, line.what) for line in each.timeline) for each in records}) == 1
    assert {(each.state, each.disposition) for each in records} == {(DeliveryState.SETTLED, Disposition.STORED)}
    assert store.ledger.waiting(Work.TAG) == 3
    assert store.ledger.balance().dispositions[Disposition.STORED] == 3


def test_only_what_the_owner_holds_is_settled_together(store: Store, clock: ManualClock) -> None:
    lost, kept = register(store, 1), register(store, 2)
    store.ledger.begin_together([lost], owner="w1", lease=LEASE)
    clock.advance(seconds=20)
    store.ledger.begin(lost, owner="w2", lease=LEASE)
    store.ledger.begin_together([kept], owner="w1", lease=LEASE)
    end = Outcome(disposition=Disposition.STORED, article_ids=(ARTICLE,))

    assert store.ledger.settle_together({lost: end, kept: end}, owner="w1") == {kept}
    assert store.ledger.settle_together({}, owner="w1") == set()
    assert record(store, lost).state is DeliveryState.WORKING
    assert store.ledger.refusals().conflict == {Transition.SETTLE_NOT_HELD: 1}


def test_a_damaged_record_leaves_no_other_delivery_half_begun(client: Redis, server_store: Store) -> None:
    first, damaged, last = (register(server_store, number) for number in (1, 2, 3))
    client.hset(f"ct:{{ledger}}:delivery:{damaged}", mapping={"state": "working", "attempts": 1})

    with pytest.raises(ServerUnavailableError):
        server_store.ledger.begin_together([first, damaged, last], owner="w1", lease=LEASE)

    for each in (first, last):
        assert record(server_store, each).state is DeliveryState.WORKING
        assert server_store.ledger.settle(
            each, Outcome(disposition=Disposition.STORED, article_ids=(ARTICLE,)), by="w1"
        )
    assert server_store.ledger.balance().in_flight == 1
