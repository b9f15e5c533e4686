from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from copytaster.errors import ServerUnavailableError
from copytaster.model.delivery import Delivery, DeliveryId, Outcome
from copytaster.model.disposition import Disposition, Reason
from copytaster.store.ports.failed_files import FailedQuery
from copytaster.store.redis.delivery_index import DeliveryIndex
from copytaster.store.store import Store
from copytaster.system.running_version import running_version
from tests.conftest import RealServer
from tests.factories import a_delivery, delivery_id
from tests.layouts import load

SOON = timedelta(seconds=10)

OUTAGES = sum(each.keeps_file for each in Disposition)


def fail(store: Store, number: int, reason: Reason = Reason.NO_TEXT, **fields: Any) -> DeliveryId:
    """Register a delivery and let it fail."""
    given = {"path": f"wire/{number}.txt"} | fields
    store.ledger.register(a_delivery(number, **given), due_in=SOON, by="watcher")
    end = Disposition.REJECTED if reason is Reason.NO_TEXT else Disposition.QUARANTINED
    store.ledger.settle(delivery_id(number), Outcome(disposition=end, reason=reason, message="why"), by="worker")
    return delivery_id(number)


def found(store: Store, **conditions: Any) -> list[DeliveryId]:
    return [each.id for each in store.failed.find(FailedQuery(**conditions)).deliveries]


def counts(store: Store) -> tuple[int, dict[Reason, int], dict[str | None, int]]:
    counted = store.failed.counts()
    reasons = {each.reason: each.files for each in counted.reasons}
    return counted.files, reasons, {each.source: each.files for each in counted.sources}


def test_an_empty_store_has_no_failed_files(store: Store) -> None:
    assert found(store) == []
    assert counts(store) == (0, {}, {})


def test_only_what_failed_is_found_and_counted(store: Store) -> None:
    fail(store, 1)
    fail(store, 2, Reason.PARSE_FAILED, path="desk/two.txt", source="desk")
    fail(store, 3, path="three.txt", source=None)
    store.ledger.register(a_delivery(4), due_in=SOON, by="watcher")
    store.ledger.register(a_delivery(5), due_in=SOON, by="watcher")
    store.ledger.settle(delivery_id(5), Outcome(disposition=Disposition.DUPLICATE), by="worker")

    assert found(store) == [delivery_id(3), delivery_id(2), delivery_id(1)]
    assert found(store, oldest_first=True) == [delivery_id(1), delivery_id(2), delivery_id(3)]
    assert counts(store) == (3, {Reason.NO_TEXT: 2, Reason.PARSE_FAILED: 1}, {"wire": 1, "desk": 1, None: 1})


def test_a_file_that_failed_again_after_its_retry_is_one_failed_file(store: Store) -> None:
    first = fail(store, 1)
    for _ in range(2):
        assert store.ledger.record_retry(first, delivery_id(2), by="cli") == delivery_id(2)
    gone = counts(store)
    second = fail(store, 2, retry_of=first)

    assert gone == (0, {}, {})
    assert found(store) == [second]
    assert counts(store) == (1, {Reason.NO_TEXT: 1}, {"wire": 1})
    assert store.ledger.balance().dispositions[Disposition.REJECTED] == 2


def test_a_removed_delivery_is_no_failed_file_any_more(store: Store) -> None:
    fail(store, 1)
    fail(store, 2)
    removed = store.ledger.get(delivery_id(1))
    assert removed
    for _ in range(2):
        store.retention.remove_delivery(removed)

    assert found(store) == [delivery_id(2)]
    assert counts(store) == (1, {Reason.NO_TEXT: 1}, {"wire": 1})


def test_the_removal_of_a_retried_delivery_changes_no_count(store: Store) -> None:
    first = fail(store, 1)
    store.ledger.record_retry(first, delivery_id(2), by="cli")
    fail(store, 2, retry_of=first)
    retried = store.ledger.get(first)
    assert retried
    store.retention.remove_delivery(retried)

    assert counts(store) == (1, {Reason.NO_TEXT: 1}, {"wire": 1})


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({"reason": Reason.PARSE_FAILED}, [2]),
        ({"source": "THE WIRE"}, [3, 1]),
        ({"name": "TWO"}, [2]),
        ({"name": "desk/"}, [2]),
        ({"name": "re\u0301sume\u0301"}, [3]),
        ({"name": "R\u00c9SUM\u00c9"}, [3]),
        ({"name": "%"}, []),
        ({"reason": Reason.NO_TEXT, "name": "3"}, [3]),
        ({"after": delivery_id(1), "before": delivery_id(3)}, [2]),
        ({"after": delivery_id(1), "oldest_first": True}, [2, 3]),
    ],
)
def test_conditions_combine(store: Store, conditions: dict[str, Any], expected: list[int]) -> None:
    fail(store, 1)
    fail(store, 2, Reason.PARSE_FAILED, path="desk/Two.txt", source="desk")
    fail(store, 3, path="wire/3 re\u0301sum\u00e9.txt")

    assert found(store, **conditions) == [delivery_id(each) for each in expected]


@pytest.mark.parametrize("oldest_first", [False, True])
def test_pages_contain_each_file_once(store: Store, oldest_first: bool) -> None:
    for number in range(1, 8):
        fail(store, number)
    pages, position = list[list[Delivery]](), None
    while not pages or position:
        query = FailedQuery(oldest_first=oldest_first, limit=3)
        query = replace(query, after=position) if oldest_first else replace(query, before=position)
        page = store.failed.find(query)
        pages.append(list(page.deliveries))
        position = page.position

    ids = [each.id for page in pages for each in page]
    assert [len(page) for page in pages] == [3, 3, 1]
    assert ids == sorted(map(delivery_id, range(1, 8)), reverse=not oldest_first)


@pytest.mark.parametrize("store", ["valkey"], indirect=True)
def test_a_call_examines_a_bounded_number_and_names_the_place_to_continue(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("copytaster.store.redis.failed_files.SCANNED", 4)
    monkeypatch.setattr("copytaster.store.redis.failed_files.PAGE", 2)
    for number in range(1, 8):
        fail(store, number)

    first = store.failed.find(FailedQuery(name="/1.txt"))
    second = store.failed.find(FailedQuery(name="/1.txt", before=first.position))

    assert (first.deliveries, first.position) == ((), delivery_id(4))
    assert ([each.id for each in second.deliveries], second.position) == ([delivery_id(1)], None)


def test_the_record_of_a_failed_file_names_the_version_of_the_program(store: Store) -> None:
    fail(store, 1)
    fail(store, 2, Reason.OUTAGE)
    no_text, outage = (store.ledger.get(delivery_id(number)) for number in (1, 2))
    assert no_text
    assert outage

    assert no_text.software == running_version()
    assert [no_text.may_change(version) for version in (running_version(), "0.2.0")] == [False, True]
    assert outage.may_change(running_version())


@pytest.mark.parametrize("store", ["valkey"], indirect=True)
def test_failed_files_of_an_earlier_release_are_counted_after_a_pass_of_the_retention(
    store: Store, server: RealServer
) -> None:
    commands = json.loads(Path(__file__).with_name("layouts").joinpath("2.json").read_text(encoding="utf-8"))
    with server.client() as client:
        load(client, commands)
    before = counts(store)
    while store.retention.sweep():
        pass
    store.retention.sweep()

    assert before == (0, {}, {})
    assert counts(store) == (1, {Reason.PARSE_FAILED: 1}, {"wire": 1})
    assert [each.reason for each in store.failed.find(FailedQuery()).deliveries] == [Reason.PARSE_FAILED]


@pytest.mark.parametrize("store", ["valkey"], indirect=True)
def test_an_outage_while_failed_files_of_an_earlier_release_are_counted_leaves_none_out(
    store: Store, server: RealServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands = json.loads(Path(__file__).with_name("layouts").joinpath("2.json").read_text(encoding="utf-8"))
    with server.client() as client:
        load(client, commands)
        while client.exists("ct:{ledger}:by::"):
            store.retention.sweep()
    read, asked = DeliveryIndex.ids, list[object]()

    def fail_first(index: DeliveryIndex, *arguments: Any, **others: Any) -> list[DeliveryId]:
        asked.append(arguments)
        if len(asked) <= OUTAGES:
            raise ServerUnavailableError("away")
        return read(index, *arguments, **others)

    monkeypatch.setattr(DeliveryIndex, "ids", fail_first)
    for _ in range(OUTAGES):
        with pytest.raises(ServerUnavailableError):
            store.retention.sweep()
    store.retention.sweep()

    assert counts(store) == (1, {Reason.PARSE_FAILED: 1}, {"wire": 1})
