"""A rebuild registers deliveries that are held in the order of receipt, and makes them due group by group."""

from __future__ import annotations

from datetime import timedelta

from copytaster.clock import ManualClock
from copytaster.model.delivery import DeliveryId, DeliveryState, Outcome
from copytaster.model.disposition import Disposition
from copytaster.model.work import HELD_DUE, Work
from copytaster.store.ports.ledger import Lease
from copytaster.store.store import Store
from tests.factories import START, a_delivery, delivery_id

NOW = timedelta(0)
SOON = timedelta(seconds=10)
LEASE = timedelta(seconds=20)


def hold(store: Store, *numbers: int) -> list[DeliveryId]:
    """Register deliveries, of which the one with the highest number was received last."""
    for number in numbers:
        delivery = a_delivery(number, received_at=START + timedelta(seconds=number))
        assert store.ledger.register(delivery, due_in=None, by="replay")
    return [delivery_id(number) for number in numbers]


def take(store: Store, limit: int = 10, *, next_in: timedelta = NOW) -> list[DeliveryId]:
    return store.ledger.take_held(limit=limit, due_in=SOON, next_in=next_in)


def overdue(store: Store) -> list[str]:
    return store.ledger.take_overdue(Work.INGEST, overdue_by=NOW, postpone_by=SOON, limit=10)


def test_held_deliveries_wait_in_flight_and_are_never_overdue(store: Store, clock: ManualClock) -> None:
    (held,) = hold(store, 1)
    clock.advance(seconds=86_400)

    record = store.ledger.get(held)
    assert record
    assert (record.state, record.due_at) == (DeliveryState.WAITING, None)
    assert (store.ledger.waiting(Work.INGEST), store.ledger.balance().in_flight) == (1, 1)
    assert overdue(store) == []


def test_a_released_delivery_is_due_and_the_others_stay_held(store: Store, clock: ManualClock) -> None:
    first, second = hold(store, 1, 2)

    store.ledger.release_held([second, delivery_id(9)], due_in=SOON)
    early = overdue(store)
    clock.advance(seconds=10)

    assert early == []
    assert overdue(store) == [second]
    assert store.ledger.waiting(Work.INGEST) == 2
    assert store.ledger.begin(first, owner="w1", lease=LEASE) == Lease(attempt=1)


def test_the_deliveries_that_were_received_first_are_taken_first(store: Store, clock: ManualClock) -> None:
    hold(store, 3, 1, 2)
    clock.advance(seconds=HELD_DUE.total_seconds())

    groups = [take(store, 2), take(store, 2), take(store, 2)]
    clock.advance(seconds=10)

    assert groups == [[delivery_id(1), delivery_id(2)], [delivery_id(3)], []]
    assert sorted(overdue(store)) == [delivery_id(number) for number in (1, 2, 3)]


def test_none_is_taken_while_the_rebuild_releases_some(store: Store, clock: ManualClock) -> None:
    first, second = hold(store, 1, 2)
    clock.advance(seconds=HELD_DUE.total_seconds() - 1)
    after_holding = take(store)
    store.ledger.release_held([first], due_in=SOON)
    clock.advance(seconds=HELD_DUE.total_seconds() - 1)
    after_releasing = take(store)
    clock.advance(seconds=1)

    assert after_holding == after_releasing == []
    assert take(store) == [second]


def test_of_several_reconcilers_one_takes_the_next_group(store: Store, clock: ManualClock) -> None:
    first, second = hold(store, 1, 2)
    clock.advance(seconds=HELD_DUE.total_seconds())

    at_once = [take(store, 1, next_in=SOON), take(store, 1, next_in=SOON)]
    clock.advance(seconds=10)

    assert at_once == [[first], []]
    assert take(store, 1) == [second]


def test_a_clock_that_is_set_back_keeps_none_held(store: Store, clock: ManualClock) -> None:
    clock.advance(seconds=3_600)
    (held,) = hold(store, 1)
    clock.advance(seconds=-3_600)

    assert take(store) == [held]


def test_a_held_delivery_that_is_begun_or_settled_is_held_no_longer(store: Store, clock: ManualClock) -> None:
    begun, settled = hold(store, 1, 2)
    store.ledger.begin(begun, owner="w1", lease=LEASE)
    store.ledger.settle(settled, Outcome(disposition=Disposition.DUPLICATE), by="w1")
    clock.advance(seconds=HELD_DUE.total_seconds())

    assert take(store) == []
    assert store.ledger.waiting(Work.INGEST) == 1


def test_a_known_delivery_is_not_held(store: Store) -> None:
    store.ledger.register(a_delivery(1), due_in=SOON, by="watcher@one:1")

    assert not store.ledger.register(a_delivery(1), due_in=None, by="replay")
    assert store.ledger.waiting(Work.INGEST) == 1
