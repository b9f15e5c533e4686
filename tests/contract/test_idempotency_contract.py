from __future__ import annotations

from datetime import timedelta

import pytest

from copytaster.clock import ManualClock
from copytaster.store.ports.idempotency import KEPT_FOR, KeyState
from copytaster.store.store import Store
from tests.conftest import RealServer
from tests.factories import delivery_id

FIRST, SECOND = delivery_id(1), delivery_id(2)
LEASE = timedelta(seconds=60)


def begin(store: Store, owner: str, number: int = 1, key: str = "k") -> KeyState:
    return store.idempotency.begin(key, delivery_id=delivery_id(number), owner=owner, lease=LEASE)


def test_a_new_key_is_held_by_the_first_and_running_for_the_second(store: Store) -> None:
    assert begin(store, "one") == KeyState(FIRST, is_held=True)
    assert begin(store, "one", 3) == KeyState(FIRST, is_held=True)
    assert begin(store, "two", 2) == KeyState(FIRST, is_held=False)
    assert begin(store, "two", 2, key="other") == KeyState(SECOND, is_held=True)


def test_an_answer_is_kept_with_the_fingerprint_of_what_was_sent(store: Store) -> None:
    begin(store, "one")
    kept = store.idempotency.keep("k", owner="one", lease=LEASE, fingerprint="ab")
    finished = store.idempotency.finish("k", owner="one", answer="{}")

    assert (kept, finished) == (True, True)
    assert begin(store, "two", 2) == KeyState(FIRST, is_held=False, fingerprint="ab", answer="{}")
    assert not store.idempotency.keep("k", owner="one", lease=LEASE)
    assert not store.idempotency.finish("k", owner="one", answer="[]")


def test_a_key_does_not_wait_for_a_lease_of_a_clock_that_was_set_back(store: Store, clock: ManualClock) -> None:
    begin(store, "one")
    clock.advance(seconds=-86_400)

    assert begin(store, "two", 2) == KeyState(FIRST, is_held=True)
    assert begin(store, "one") == KeyState(FIRST, is_held=False)


def test_a_key_is_taken_over_with_its_delivery_when_the_lease_has_ended(store: Store, clock: ManualClock) -> None:
    begin(store, "one")
    store.idempotency.keep("k", owner="one", lease=LEASE, fingerprint="ab")
    clock.advance(seconds=59)
    early = begin(store, "two", 2)
    clock.advance(seconds=1)
    late = begin(store, "two", 2)

    assert early == KeyState(FIRST, is_held=False, fingerprint="ab")
    assert late == KeyState(FIRST, is_held=True, fingerprint="ab")
    assert not store.idempotency.finish("k", owner="one", answer="{}")
    assert store.idempotency.finish("k", owner="two", answer="{}")


def test_a_lease_that_is_kept_is_not_taken_over(store: Store, clock: ManualClock) -> None:
    begin(store, "one")
    for _ in range(5):
        clock.advance(seconds=30)
        assert store.idempotency.keep("k", owner="one", lease=LEASE)

    assert not begin(store, "two").is_held


def test_a_key_with_which_nothing_was_delivered_can_be_given_up(store: Store) -> None:
    begin(store, "one")
    store.idempotency.give_up("k", owner="two")
    still = begin(store, "three", 3)
    store.idempotency.give_up("k", owner="one")
    free = begin(store, "two", 2)
    store.idempotency.keep("k", owner="two", lease=LEASE, fingerprint="ab")
    store.idempotency.give_up("k", owner="two")

    assert still == KeyState(FIRST, is_held=False)
    assert free == KeyState(SECOND, is_held=True)
    assert begin(store, "one", 1) == KeyState(SECOND, is_held=False, fingerprint="ab")


def test_a_key_that_nobody_knows_is_not_kept(store: Store) -> None:
    assert not store.idempotency.keep("k", owner="one", lease=LEASE)
    assert not store.idempotency.finish("k", owner="one", answer="{}")
    store.idempotency.give_up("k", owner="one")


@pytest.mark.parametrize("store", ["valkey"], indirect=True)
def test_a_key_expires_on_the_server(store: Store, server: RealServer) -> None:
    begin(store, "one")
    store.idempotency.finish("k", owner="one", answer="{}")

    with server.client() as client:
        (name,) = client.scan_iter(match="ct:{upload:*")
        left = client.pttl(name)

    assert 0 < left <= KEPT_FOR // timedelta(milliseconds=1)


@pytest.mark.parametrize("store", ["memory"], indirect=True)
def test_a_key_expires_in_memory(store: Store, clock: ManualClock) -> None:
    begin(store, "one")
    store.idempotency.finish("k", owner="one", answer="{}")
    clock.advance(seconds=KEPT_FOR.total_seconds())

    assert begin(store, "two", 2) == KeyState(SECOND, is_held=True)
