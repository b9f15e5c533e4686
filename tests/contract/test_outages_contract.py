"""Attempts that fail by an outage do not count, and the ledger reports which deliveries wait for which resource."""

from __future__ import annotations

from datetime import timedelta

import pytest

from copytaster.clock import ManualClock
from copytaster.model.article import ArticleId
from copytaster.model.delivery import Delivery, DeliveryId, DeliveryState, Outcome
from copytaster.model.disposition import Disposition
from copytaster.model.outage import Outage, Resource, Wait
from copytaster.model.retry_policy import Failure
from copytaster.model.work import Work
from copytaster.store.ports.ledger import Lease
from copytaster.store.store import Store
from tests.factories import START, a_delivery, delivery_id

LEASE = timedelta(seconds=20)
DELAY = timedelta(seconds=5)
NOW = timedelta(0)
FIRST, SECOND = delivery_id(1), delivery_id(2)
ARTICLE = ArticleId("a1")
DUPLICATE = Outcome(disposition=Disposition.DUPLICATE)


def register(store: Store, number: int = 1) -> None:
    store.ledger.register(a_delivery(number), due_in=NOW, by="watcher@one:1")


def fail(
    store: Store, cause: Resource | Failure, *, delivery: DeliveryId = FIRST, lane: Work = Work.INGEST
) -> Lease | None:
    """Begin a delivery, and postpone it for this cause."""
    lease = store.ledger.begin(delivery, owner="w1", lease=LEASE, lane=lane)
    store.ledger.postpone(delivery, owner="w1", due_in=DELAY, why="it failed", cause=cause)
    return lease


def record(store: Store, delivery: DeliveryId = FIRST) -> Delivery:
    found = store.ledger.get(delivery)
    assert found
    return found


def test_attempts_that_fail_by_an_outage_do_not_count_however_many_they_are(store: Store, clock: ManualClock) -> None:
    register(store)

    leases = []
    for _ in range(50):
        leases.append(fail(store, Resource.ARCHIVE))
        clock.advance(seconds=60)

    assert leases == [Lease(attempt=1)] * 50
    assert (record(store).attempts, record(store).faults, record(store).lane) == (0, 0, Work.INGEST)
    assert record(store).outage == Wait(resource=Resource.ARCHIVE, since=START, attempts=50)


def test_only_the_first_attempt_of_an_outage_is_in_the_timeline(store: Store) -> None:
    register(store)
    fail(store, Resource.ARCHIVE)
    after_first = record(store).timeline

    for _ in range(10):
        fail(store, Resource.ARCHIVE)
    same = record(store).timeline
    fail(store, Resource.QUARANTINE)

    assert after_first[-1].what == "postponed for 5 s: it failed"
    assert same == after_first
    assert len(record(store).timeline) == len(after_first) + 1


def test_the_outages_state_since_when_how_many_deliveries_wait(store: Store, clock: ManualClock) -> None:
    for number in (1, 2, 3):
        register(store, number)
    fail(store, Resource.ARCHIVE)
    clock.advance(seconds=10)
    fail(store, Resource.ARCHIVE, delivery=SECOND)
    fail(store, Resource.QUARANTINE, delivery=delivery_id(3))
    fail(store, Resource.ARCHIVE)

    assert store.ledger.outages() == [
        Outage(resource=Resource.ARCHIVE, since=START, waiting=2),
        Outage(resource=Resource.QUARANTINE, since=START + timedelta(seconds=10), waiting=1),
    ]


def test_a_delivery_that_waits_for_another_resource_waits_since_its_first_outage(
    store: Store, clock: ManualClock
) -> None:
    register(store)
    fail(store, Resource.ARCHIVE)
    clock.advance(seconds=10)
    fail(store, Resource.QUARANTINE)

    (outage,) = store.ledger.outages()
    assert (outage.resource, outage.since) == (Resource.QUARANTINE, START + timedelta(seconds=10))
    assert record(store).outage == Wait(resource=Resource.QUARANTINE, since=START, attempts=2)


@pytest.mark.parametrize("end", ["settle", "pause", "fault"])
def test_the_wait_ends_when_the_delivery_is_settled_paused_or_fails_otherwise(store: Store, end: str) -> None:
    register(store)
    fail(store, Resource.ARCHIVE)
    store.ledger.begin(FIRST, owner="w1", lease=LEASE)
    match end:
        case "settle":
            store.ledger.settle(FIRST, DUPLICATE, by="w1")
        case "pause":
            store.ledger.pause(FIRST, owner="w1", why="the slice ended")
        case _:
            store.ledger.postpone(FIRST, owner="w1", due_in=DELAY, why="so", cause=Failure.FAULT)

    assert store.ledger.outages() == []
    assert record(store).outage is None


def test_a_delivery_still_waits_while_it_is_attempted_again(store: Store) -> None:
    register(store)
    fail(store, Resource.ARCHIVE)

    store.ledger.begin(FIRST, owner="w1", lease=LEASE)

    assert [each.waiting for each in store.ledger.outages()] == [1]


def test_a_parser_that_was_killed_makes_a_suspect_at_once(store: Store) -> None:
    register(store)

    fail(store, Failure.KILLED)

    assert (record(store).lane, record(store).faults) == (Work.SUSPECT, 1)
    assert store.ledger.begin(FIRST, owner="w2", lease=LEASE) is None
    assert store.ledger.begin(FIRST, owner="w2", lease=LEASE, lane=Work.SUSPECT) == Lease(attempt=2, faults=1)


def test_an_attempt_that_could_not_be_reported_is_excused_before_its_lease_ends(
    store: Store, clock: ManualClock
) -> None:
    register(store)
    store.ledger.begin(FIRST, owner="w1", lease=LEASE)
    clock.advance(seconds=5)

    assert store.ledger.excuse(FIRST, owner="w1", why="the server was away")

    found = record(store)
    assert (found.state, found.attempts, found.faults, found.due_at) == (DeliveryState.WAITING, 0, 0, clock.now())
    assert found.timeline[-1].what == "an attempt was interrupted and does not count: the server was away"
    assert store.ledger.begin(FIRST, owner="w2", lease=LEASE) == Lease(attempt=1)


def test_an_attempt_that_was_taken_for_a_death_is_excused_later(store: Store, clock: ManualClock) -> None:
    register(store)
    store.ledger.begin(FIRST, owner="w1", lease=LEASE)
    clock.advance(seconds=20)
    blamed = store.ledger.begin(FIRST, owner="w2", lease=LEASE)

    excused = [store.ledger.excuse(FIRST, owner="w1", why="the server was away") for _ in range(2)]

    assert blamed == Lease(attempt=2, faults=1)
    assert excused == [True, False]
    assert (record(store).attempts, record(store).faults, record(store).state) == (1, 0, DeliveryState.WORKING)


def test_nothing_is_excused_of_deliveries_that_are_settled_unknown_or_of_others(store: Store) -> None:
    register(store)
    store.ledger.begin(FIRST, owner="w1", lease=LEASE)
    of_another = store.ledger.excuse(FIRST, owner="w2", why="?")
    store.ledger.settle(FIRST, DUPLICATE, by="w1")
    before = record(store)

    assert not of_another
    assert not store.ledger.excuse(FIRST, owner="w1", why="?")
    assert not store.ledger.excuse(SECOND, owner="w1", why="?")
    assert record(store) == before
    assert store.ledger.refusals().conflict == {}


def make_tagging_due(store: Store) -> None:
    register(store)
    outcome = Outcome(disposition=Disposition.STORED, article_ids=(ARTICLE,), to_tag=(ARTICLE,))
    store.ledger.settle(FIRST, outcome, by="w1")


def test_an_attempt_at_a_tagging_is_excused_and_due_at_once(store: Store, clock: ManualClock) -> None:
    make_tagging_due(store)
    store.ledger.begin_tagging([ARTICLE], owner="w1", lease=LEASE)
    clock.advance(seconds=1)

    excused = [store.ledger.excuse_tagging(ARTICLE, owner=owner) for owner in ("w2", "w1", "w1")]

    assert excused == [False, True, False]
    assert store.ledger.overdue(Work.TAG, by=NOW) == 1
    assert store.ledger.begin_tagging([ARTICLE], owner="w2", lease=LEASE) == {ARTICLE: Lease(attempt=1)}


def test_an_attempt_at_a_tagging_is_excused_after_another_worker_has_begun(store: Store, clock: ManualClock) -> None:
    make_tagging_due(store)
    store.ledger.begin_tagging([ARTICLE], owner="w1", lease=LEASE)
    clock.advance(seconds=20)
    store.ledger.begin_tagging([ARTICLE], owner="w2", lease=LEASE)

    excused = [store.ledger.excuse_tagging(ARTICLE, owner="w1") for _ in range(2)]
    store.ledger.postpone_tagging(ARTICLE, owner="w2", due_in=NOW)

    assert excused == [True, False]
    assert store.ledger.begin_tagging([ARTICLE], owner="w3", lease=LEASE) == {ARTICLE: Lease(attempt=2)}
