"""The overview's retry button in a real browser: a click sends a request that the API accepts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from fastapi import FastAPI
from playwright.sync_api import Browser, expect
from prometheus_client import CollectorRegistry

from copytaster.bootstrap.store import memory_store
from copytaster.clock import SystemClock
from copytaster.model.delivery import Delivery, DeliveryId, Outcome, new_delivery_id
from copytaster.model.disposition import Disposition, Reason
from copytaster.model.work import EmptyQueues
from copytaster.recovery.retry import NotRetriedError
from copytaster.store.store import Store
from copytaster_api.app import ApiDependencies, create_app
from tests.browser.pages import opened

if TYPE_CHECKING:
    from tests.conftest import Waiter

Retry = Callable[[DeliveryId, str], Delivery]


def failed(store: Store, name: str, reason: Reason) -> DeliveryId:
    now = SystemClock().now()
    delivery = Delivery(
        id=new_delivery_id(now), name=name, path=name, source=None, size=0, sha256=None, received_at=now
    )
    store.ledger.register(delivery, due_in=timedelta(seconds=30), by="watcher@desk:1")
    outcome = Outcome(disposition=Disposition.REJECTED, reason=reason, message=f"{name} failed")
    store.ledger.settle(delivery.id, outcome, by="worker@desk:2")
    return delivery.id


def app_of(store: Store, retry: Retry) -> FastAPI:
    """Return an application whose retries are recorded."""
    deps = ApiDependencies(
        store=store, queues=EmptyQueues(), clock=SystemClock(), registry=CollectorRegistry(), retry=retry
    )
    return create_app(deps)


def test_a_click_retries_the_file_and_the_row_shows_the_new_delivery(browser: Browser, wait: Waiter) -> None:
    store, retried = memory_store(SystemClock()), list[DeliveryId]()
    failed(store, "link.txt", Reason.NOT_A_FILE)
    empty = failed(store, "empty.txt", Reason.ORIGINAL_MISSING)
    new = DeliveryId("d" + "1" * 22)

    def retry(delivery_id: DeliveryId, by: str) -> Delivery:
        retried.append(delivery_id)
        store.ledger.record_retry(delivery_id, new, by=by)
        record = store.ledger.get(delivery_id)
        assert record
        return record.model_copy(update={"id": new})

    with opened(browser, app_of(store, retry), wait) as page:
        page.get_by_role("button", name="Retry empty.txt").click()

        expect(page.locator("#trouble")).to_contain_text(f"Retried as {new}")
        expect(page.get_by_role("button", name="Retry")).to_have_count(0)
    assert retried == [empty]


def test_a_refusal_is_shown_as_text_next_to_the_button(browser: Browser, wait: Waiter) -> None:
    store = memory_store(SystemClock())
    failed(store, "empty.txt", Reason.ORIGINAL_MISSING)

    def refuse(_: DeliveryId, __: str) -> Delivery:
        raise NotRetriedError("<b>another user</b> was quicker")

    with opened(browser, app_of(store, refuse), wait) as page:
        page.get_by_role("button", name="Retry empty.txt").click()

        expect(page.locator("#trouble [role=status]")).to_have_text("<b>another user</b> was quicker")
        expect(page.get_by_role("button", name="Retry empty.txt")).to_be_enabled()
