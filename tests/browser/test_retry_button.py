"""The dashboard's retry button in a real browser: a click sends a request that the API accepts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry

from copytaster.bootstrap.store import memory_store
from copytaster.clock import SystemClock
from copytaster.model.delivery import Delivery, DeliveryId, Outcome, new_delivery_id
from copytaster.model.disposition import Disposition, Reason
from copytaster.model.work import EmptyQueues
from copytaster.recovery.retry import NotRetriedError
from copytaster.store.store import Store
from copytaster_api.app import ApiDependencies, create_app
from tests.browser.pages import add_clicking_page, document_of

if TYPE_CHECKING:
    from tests.conftest import Waiter

CLICKER = """
const timer = setInterval(() => {
  const button = document.querySelector(".does:not(:disabled)");
  if (!button) return;
  clearInterval(timer);
  button.click();
}, 50);
"""

Retry = Callable[[DeliveryId], Delivery]


def failed(store: Store, name: str, reason: Reason) -> DeliveryId:
    now = SystemClock().now()
    delivery = Delivery(
        id=new_delivery_id(now), name=name, path=name, source=None, size=0, sha256=None, received_at=now
    )
    store.ledger.register(delivery, due_in=timedelta(seconds=30), by="watcher@desk:1")
    outcome = Outcome(disposition=Disposition.REJECTED, reason=reason, message=f"{name} failed")
    store.ledger.settle(delivery.id, outcome, by="worker@desk:2")
    return delivery.id


def dom_after_a_click(store: Store, retry: Retry, profile: Path, wait: Waiter) -> str:
    """Return the dashboard's document after a click on its first enabled action button."""
    deps = ApiDependencies(
        store=store, queues=EmptyQueues(), clock=SystemClock(), registry=CollectorRegistry(), retry=retry
    )
    app = create_app(deps)
    return document_of(app, add_clicking_page(app, CLICKER), profile, wait)


def test_a_click_retries_the_file_and_the_row_shows_the_new_delivery(tmp_path: Path, wait: Waiter) -> None:
    store, retried = memory_store(SystemClock()), list[DeliveryId]()
    failed(store, "link.txt", Reason.NOT_A_FILE)
    empty = failed(store, "empty.txt", Reason.EMPTY)
    new = DeliveryId("d" + "1" * 22)

    def retry(delivery_id: DeliveryId) -> Delivery:
        retried.append(delivery_id)
        store.ledger.record_retry(delivery_id, new, by="api")
        record = store.ledger.get(delivery_id)
        assert record
        return record.model_copy(update={"id": new})

    dom = dom_after_a_click(store, retry, tmp_path, wait)

    assert retried == [empty]
    assert f'Retried as <button class="opens" type="button">{new}</button>' in dom
    assert ">Retry</button>" not in dom


def test_a_refusal_is_shown_as_text_next_to_the_button(tmp_path: Path, wait: Waiter) -> None:
    store = memory_store(SystemClock())
    failed(store, "empty.txt", Reason.EMPTY)

    def refuse(_: DeliveryId) -> Delivery:
        raise NotRetriedError("<b>another user</b> was quicker")

    dom = dom_after_a_click(store, refuse, tmp_path, wait)

    assert '<p role="status">&lt;b&gt;another user&lt;/b&gt; was quicker</p>' in dom
    assert ">Retry</button>" in dom
