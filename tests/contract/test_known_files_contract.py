from __future__ import annotations

from datetime import timedelta

from copytaster.model.delivery import Delivery, Outcome
from copytaster.model.disposition import Disposition
from copytaster.store.store import Store
from tests.factories import SHA, a_delivery

BY = "worker@test:1"


def register(store: Store, number: int) -> Delivery:
    delivery = a_delivery(number)
    store.ledger.register(delivery, due_in=timedelta(0), by=BY)
    return delivery


def test_bytes_that_were_never_delivered_are_unknown(store: Store) -> None:
    assert store.known_files.find(SHA) is None


def test_bytes_lead_to_their_first_delivery_until_another_one_is_noted(store: Store) -> None:
    deliveries = [register(store, number) for number in (2, 1, 3)]
    first = store.known_files.find(SHA)
    store.known_files.note(deliveries[2])
    noted = store.known_files.find(SHA)

    assert (first, noted) == (deliveries[1].id, deliveries[2].id)


def test_a_removed_delivery_is_noted_no_more(store: Store) -> None:
    deliveries = [register(store, number) for number in (1, 2)]
    store.known_files.note(deliveries[1])
    store.ledger.settle(deliveries[1].id, Outcome(disposition=Disposition.STORED), by=BY)

    assert store.retention.remove_delivery(deliveries[1])

    assert store.known_files.find(SHA) == deliveries[0].id
