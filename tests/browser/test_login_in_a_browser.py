"""Login, a change and logout in a real browser; the pages load nothing from other sites."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

from fastapi import FastAPI
from playwright.sync_api import Browser, expect
from prometheus_client import CollectorRegistry

from copytaster.access.authentication import Authentication
from copytaster.access.keyring import KeyOrder, Keyring
from copytaster.access.logins import Logins
from copytaster.archive.access_keys import MemoryAccessKeys
from copytaster.bootstrap.store import memory_store
from copytaster.clock import SystemClock
from copytaster.model.access import Scope
from copytaster.model.delivery import Delivery, DeliveryId, Outcome, new_delivery_id
from copytaster.model.disposition import Disposition, Reason
from copytaster.model.work import EmptyQueues
from copytaster.store.store import Store
from copytaster_api.app import ApiDependencies, create_app
from tests.browser.pages import opened

if TYPE_CHECKING:
    from tests.conftest import Waiter

NEW = DeliveryId("d" + "1" * 22)


def failed(store: Store) -> DeliveryId:
    """Store a delivery that needs a person."""
    now = SystemClock().now()
    delivery = Delivery(
        id=new_delivery_id(now), name="long.html", path="long.html", source=None, size=0, sha256=None, received_at=now
    )
    store.ledger.register(delivery, due_in=timedelta(seconds=30), by="watcher@desk:1")
    outcome = Outcome(disposition=Disposition.REJECTED, reason=Reason.PARSER_TIMEOUT, message="it took too long")
    store.ledger.settle(delivery.id, outcome, by="worker@desk:2")
    return delivery.id


def locked_app(store: Store) -> tuple[FastAPI, str]:
    """Return an application that needs keys, and one."""

    def retry(delivery_id: DeliveryId, by: str) -> Delivery:
        store.ledger.record_retry(delivery_id, NEW, by=by)
        record = store.ledger.get(delivery_id)
        assert record
        return record.model_copy(update={"id": NEW})

    clock = SystemClock()
    keyring = Keyring(MemoryAccessKeys(), clock)
    _, secret = keyring.create(KeyOrder(name="ann", scope=Scope.WRITE), by="test")
    logins = Logins(keyring, store.sessions, clock)
    deps = ApiDependencies(
        store=store,
        queues=EmptyQueues(),
        clock=clock,
        registry=CollectorRegistry(),
        retry=retry,
        authentication=Authentication(
            keyring, logins, store.key_uses, clock, exposed=True, is_archive_away=lambda: False
        ),
    )
    return create_app(deps), secret


def test_a_person_logs_in_changes_something_and_logs_out(browser: Browser, wait: Waiter) -> None:
    store, requested = memory_store(SystemClock()), list[str]()
    failed(store)
    app, secret = locked_app(store)

    with opened(browser, app, wait) as page:
        page.on("request", lambda request: requested.append(request.url))
        own = page.url.split("/login")[0]
        page.get_by_label("Key").fill("ct_wrong")
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("alert")).to_contain_text("not a key of this system")
        page.get_by_label("Key").fill(secret)
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url(f"{own}/")  # with its scripts: before, a click does nothing

        page.get_by_role("button", name="Retry").first.click()
        expect(page.get_by_text(NEW).first).to_be_visible()
        page.get_by_role("button", name="Log out").click()
        expect(page.get_by_label("Key")).to_be_visible()
        page.goto("/stories")
        expect(page.get_by_label("Key")).to_be_visible()

    (entry,) = store.audit.page(before=None, limit=9)
    assert (entry.who, entry.via, entry.succeeded) == ("ann", "dashboard", True)
    assert requested
    assert [each for each in requested if not each.startswith(own)] == []


def test_whoever_is_logged_in_follows_a_link_of_another_site(browser: Browser, wait: Waiter) -> None:
    app, secret = locked_app(memory_store(SystemClock()))

    with opened(browser, app, wait, "/stories") as page:
        page.get_by_label("Key").fill(secret)
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("heading", name="Stories")).to_be_visible()
        link = f'<a href="{page.url}">to the stories</a>'
        page.goto(f"data:text/html,{quote(link)}")
        page.get_by_role("link", name="to the stories").click()

        expect(page.get_by_role("heading", name="Stories")).to_be_visible()
