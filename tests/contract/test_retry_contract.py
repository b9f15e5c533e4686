from __future__ import annotations

from datetime import timedelta

import pytest

from copytaster.clock import ManualClock
from copytaster.model.delivery import Balance, Outcome
from copytaster.model.disposition import Disposition, Reason
from copytaster.store.ports.ledger import DeliveryQuery
from copytaster.store.store import Store
from tests.factories import a_delivery, delivery_id

FIRST, SECOND, THIRD = delivery_id(1), delivery_id(2), delivery_id(3)
SOON = timedelta(seconds=10)
FAILED = Outcome(disposition=Disposition.QUARANTINED, reason=Reason.PARSE_FAILED, message="broken")


@pytest.fixture
def failed(store: Store) -> Store:
    """Return a store with one failed delivery."""
    store.ledger.register(a_delivery(1), due_in=SOON, by="watcher")
    store.ledger.settle(FIRST, FAILED, by="worker")
    return store


def test_a_recorded_retry_is_in_the_record_and_changes_nothing_else(failed: Store, clock: ManualClock) -> None:
    before = failed.ledger.get(FIRST)
    clock.advance(seconds=5)

    noted = failed.ledger.record_retry(FIRST, SECOND, by="cli")

    after = failed.ledger.get(FIRST)
    assert noted == SECOND
    assert before
    assert after
    assert after.retried_as == SECOND
    assert (after.timeline[-1].at, after.timeline[-1].by) == (clock.now(), "cli")
    assert after.timeline[-1].what == f"retried as {SECOND}"
    assert after.model_copy(update={"retried_as": None, "timeline": after.timeline[:-1]}) == before
    assert failed.ledger.find(DeliveryQuery(reason=Reason.PARSE_FAILED))[0].retried_as == SECOND
    assert failed.ledger.balance() == Balance(
        seen=1, in_flight=0, dispositions=dict.fromkeys(Disposition, 0) | {Disposition.QUARANTINED: 1}
    )


def test_of_many_retries_the_first_is_recorded_once(failed: Store) -> None:
    noted = [failed.ledger.record_retry(FIRST, each, by="cli") for each in (SECOND, SECOND, THIRD)]

    record = failed.ledger.get(FIRST)
    assert noted == [SECOND, SECOND, SECOND]
    assert record
    assert [each.what for each in record.timeline].count(f"retried as {SECOND}") == 1
    assert f"retried as {THIRD}" not in [each.what for each in record.timeline]


def test_an_unsettled_or_unknown_delivery_has_no_retry(store: Store) -> None:
    store.ledger.register(a_delivery(1), due_in=SOON, by="watcher")
    before = store.ledger.get(FIRST)

    assert store.ledger.record_retry(FIRST, SECOND, by="cli") is None
    assert store.ledger.record_retry(THIRD, SECOND, by="cli") is None
    assert store.ledger.get(FIRST) == before
    assert store.ledger.get(THIRD) is None


def test_a_retry_names_the_failed_delivery(store: Store) -> None:
    store.ledger.register(a_delivery(2, retry_of=FIRST, continues=FIRST), due_in=SOON, by="cli")

    record = store.ledger.get(SECOND)
    assert record
    assert (record.retry_of, record.continues) == (FIRST, FIRST)
    assert store.ledger.find(DeliveryQuery())[0].retry_of == FIRST
