"""The dashboard in a real browser while the server does not answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI
from playwright.sync_api import Browser, expect
from prometheus_client import CollectorRegistry

from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.errors import ServerUnavailableError
from copytaster.model.webhook import EndpointId
from copytaster.model.work import EmptyQueues
from copytaster.monitoring.server_watch import ServerWatch
from copytaster_api.app import ApiDependencies, create_app
from tests.browser.pages import opened

if TYPE_CHECKING:
    from tests.conftest import Waiter


def test_a_page_says_since_when_the_server_does_not_answer_and_what_to_do(browser: Browser, wait: Waiter) -> None:
    with opened(browser, app_of(Server()), wait) as page:
        text = page.locator("#main").inner_text()

        assert "the Redis server has not answered since 2026-01-01 00:00:00 UTC" in text
        assert page.locator("#main code").all_inner_texts() == ["kill -CONT"]
        assert "1 problem" in text
        assert "No data yet" in text
        assert page.get_by_role("link", name="what to do").get_attribute("href") == "/problems#no_redis"


def test_the_page_appears_by_itself_when_the_server_answers_again(browser: Browser, wait: Waiter) -> None:
    server = Server()
    with opened(browser, app_of(server), wait) as page:
        expect(page.locator("#main")).to_contain_text("the Redis server has not answered")
        server.recover()
        server.report()

        expect(page.get_by_role("heading", name="The way of the files")).to_be_visible()


def test_an_open_page_keeps_its_content_and_says_of_when_it_is(browser: Browser, wait: Waiter) -> None:
    server = Server()
    server.recover()
    with opened(browser, app_of(server), wait) as page:
        server.fail()
        server.report()

        expect(page.locator("#stale")).to_contain_text("the Redis server has not answered since")
        expect(page.locator("#stale")).to_contain_text("This page is of ")
        expect(page.get_by_role("heading", name="The way of the files")).to_be_visible()
        server.recover()
        server.report()
        expect(page.locator("#stale")).to_be_hidden()


class Server:
    """A server that answers or not, and the watch over it."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.answers = False
        self.watch = ServerWatch(self.ping, self.clock)
        self.watch.check()
        self.store = memory_store(self.clock)

    def report(self) -> None:
        """Write an event, so that pages are read again at once; without one they are in fifteen seconds."""
        self.store.events.report_disabled(EndpointId("w1"))

    def ping(self) -> None:
        if not self.answers:
            raise ServerUnavailableError("Timeout reading from socket: it hangs; restart it with `kill -CONT`")

    def recover(self) -> None:
        self.answers = True
        self.watch.check()

    def fail(self) -> None:
        self.answers = False
        self.watch.check()


def app_of(server: Server) -> FastAPI:
    """Return the application over a server."""
    registry = CollectorRegistry()
    deps = ApiDependencies(
        store=server.store, queues=EmptyQueues(), clock=server.clock, registry=registry, watch=server.watch
    )
    return create_app(deps)
