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


def test_the_deliveries_of_several_files_are_found_together(store: Store) -> None:
    first, noted, other = register(store, 1), register(store, 2), a_delivery(3, sha256="cd" * 32)
    store.ledger.register(other, due_in=timedelta(0), by=BY)
    before = store.known_files.find_many([SHA, "cd" * 32, "ef" * 32, SHA])
    store.known_files.note(noted)

    assert before == {SHA: first.id, "cd" * 32: other.id}
    assert store.known_files.find_many([SHA, "cd" * 32]) == {SHA: noted.id, "cd" * 32: other.id}
    assert store.known_files.find_many([]) == {}
