"""Every page in a real browser: accessibility by axe, the keyboard, a telephone, and what happens while it is open."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, expect
from prometheus_client import CollectorRegistry

from copytaster.bootstrap.effective_settings import effective_settings
from copytaster.clock import SystemClock
from copytaster.model.article import ArticleId
from copytaster.model.delivery import DeliveryId, Outcome
from copytaster.model.disposition import Disposition
from copytaster.settings import Settings
from copytaster.store.store import Store
from copytaster_api.app import ApiDependencies, create_app
from copytaster_api.page_frame import NAVIGATION
from tests.browser.newsroom import TITLES, BusyQueues, busy_newsroom, deliver
from tests.browser.pages import opened
from tests.factories import an_article, memory_search, put_into_one_story

if TYPE_CHECKING:
    from tests.conftest import Waiter

PAGES = [each.address for each in NAVIGATION if each.address != "/docs"]
PAGES += ["/where?q=empty.txt", "/where?q=nowhere.txt", "/stories/s1", "/problems", "/stories/s404"]
PAGES += [
    "/articles?q=ferry&source=Quay",
    "/articles?q=-no",
    "/articles/a0",
    "/articles/a0/versions",
    "/articles/a0/copies",
]
PAGES += ["/quarantine?reason=parser_timeout", "/deliveries?name=nowhere.txt", "/deliveries/LINK"]

SCREENSHOTS = {
    "dashboard": "/",
    "articles": "/articles?q=ferry",
    "article": "/articles/a0",
    "quarantine": "/quarantine",
    "sources": "/sources",
    "workers": "/workers",
}
"""Pictures of the documentation, by the page that they show."""


def unwatched_newsroom() -> Store:
    """Return a busy newsroom with a story, in which no watcher runs."""
    store = busy_newsroom(SystemClock(), watched=False)
    put_into_one_story(store, *store.articles.get_many([ArticleId("a0"), ArticleId("a7")]))
    return store


RULES: dict[Literal["light", "dark"], dict[str, list[str]]] = {"light": {}, "dark": {"runOnly": ["color-contrast"]}}
"""The rules for each colour scheme, all without a choice: two schemes of a page differ only in their colours."""


@pytest.fixture
def store() -> Store:
    """Give a newsroom that the test may change."""
    return unwatched_newsroom()


@pytest.fixture(scope="module")
def tab(browser: Browser, wait: Waiter) -> Iterator[Page]:
    """Give a page of a newsroom, for tests that only look at it."""
    with opened(browser, app_of(unwatched_newsroom()), wait) as page:
        yield page


def visit(tab: Page, path: str, *, width: int) -> None:
    """Open a page; ``LINK`` stands for the id of the delivery of a link."""
    if "LINK" in path:
        found = tab.request.get("/api/v1/deliveries?name=link.txt").json()["items"]
        path = path.replace("LINK", found[0]["id"])
    tab.set_viewport_size({"width": width, "height": 844})
    tab.goto(path)


def app_of(store: Store) -> FastAPI:
    deps = ApiDependencies(
        store=store,
        queues=BusyQueues(),
        clock=SystemClock(),
        registry=CollectorRegistry(),
        search=memory_search(store, clock=SystemClock()),
        inbox="/srv/news/inbox",
        settings=effective_settings(Settings(concurrency=4)),
    )
    return create_app(deps)


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_serious(path: str, tab: Page) -> None:
    visit(tab, path, width=1280)
    for scheme, rules in RULES.items():
        # Without motion, because the colours are between those of both schemes while they change.
        tab.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found = Axe().run(tab, options={"resultTypes": ["violations"], **rules}).response["violations"]

        assert [(each["id"], each["nodes"][0]["html"]) for each in found] == [], scheme


@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_wider_than_a_telephone(path: str, tab: Page) -> None:
    visit(tab, path, width=390)
    tab.evaluate("for (const each of document.querySelectorAll('main details')) each.open = true")

    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    wide = """[...document.querySelectorAll("main button, main a, main td")]
        .filter((each) => each.getBoundingClientRect().right > 390).map((each) => each.outerHTML.slice(0, 80))"""
    assert tab.evaluate(wide) == []


def test_the_newest_articles_and_the_failed_files_begin_on_the_first_screen(
    store: Store, browser: Browser, wait: Waiter
) -> None:
    with opened(browser, app_of(store), wait, viewport={"width": 1280, "height": 800}) as page:
        tops = [page.locator(each).bounding_box() for each in ("#articles tr >> nth=0", "#trouble tr >> nth=0")]

    assert all(each and each["y"] < 700 for each in tops)


def test_every_page_is_reached_by_the_keyboard_alone(store: Store, browser: Browser, wait: Waiter) -> None:
    # From another page, so that each address differs from the one before.
    with opened(browser, app_of(store), wait, "/problems") as page:
        for link in NAVIGATION:
            if link.address == "/docs":
                continue
            page.keyboard.press("g")
            page.keyboard.press(link.key)
            page.wait_for_url(re.compile(f"{link.address}$"))
            page.wait_for_load_state("load")  # the scripts have run
            expect(page.locator(f"nav a[data-key={link.key}]")).to_have_attribute("aria-current", "page")


def test_the_first_key_leads_to_the_content(store: Store, browser: Browser, wait: Waiter) -> None:
    with opened(browser, app_of(store), wait, "/sources") as page:
        page.keyboard.press("Tab")
        expect(page.locator(".skip")).to_be_focused()
        expect(page.locator(".skip")).to_be_in_viewport()
        page.keyboard.press("Enter")
        expect(page.locator("#main")).to_be_focused()


def test_each_element_that_has_the_focus_shows_it(store: Store, browser: Browser, wait: Waiter) -> None:
    with opened(browser, app_of(store), wait) as page:
        shown = 0
        page.keyboard.press("Tab")
        # After the last element the focus leaves the page.
        while page.evaluate("document.activeElement !== document.body"):
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", page.evaluate("document.activeElement.outerHTML")
            shown += 1
            page.keyboard.press("Tab")

    assert shown > len(NAVIGATION) + len(TITLES)


def test_a_file_is_found_by_the_keyboard_alone(store: Store, browser: Browser, wait: Waiter) -> None:
    with opened(browser, app_of(store), wait) as page:
        page.keyboard.press("/")
        expect(page.locator("#where")).to_be_focused()
        page.keyboard.type("g/?empty.txt")
        expect(page.locator("#where")).to_have_value("g/?empty.txt")
        page.locator("#where").fill("empty.txt")
        page.keyboard.press("Enter")

        expect(page.get_by_role("heading", name="desk/empty.txt")).to_be_visible()
        expect(page.locator("#main")).to_contain_text("rejected: empty")


def test_shortcuts_are_listed_and_can_be_switched_off(store: Store, browser: Browser, wait: Waiter) -> None:
    with opened(browser, app_of(store), wait) as page:
        page.keyboard.press("?")
        expect(page.get_by_role("heading", name="Keyboard shortcuts")).to_be_visible()
        page.get_by_label("Use shortcuts").uncheck()
        page.keyboard.press("Escape")
        expect(page.get_by_role("heading", name="Keyboard shortcuts")).to_be_hidden()
        page.reload()
        page.keyboard.press("/")

        expect(page.locator("#where")).not_to_be_focused()


def test_an_article_appears_without_a_reload_and_what_a_person_does_remains(
    store: Store, browser: Browser, wait: Waiter
) -> None:
    with opened(browser, app_of(store), wait) as page:
        page.get_by_role("button", name="Retry wire/slow.pdf").focus()
        page.evaluate("window.before = [document.activeElement, document.getElementById('article-a1')]")
        publish(store, "a99", "Lighthouse goes dark")

        expect(page.locator("#article-a99")).to_contain_text("Lighthouse goes dark")
        expect(page.locator("#articles tr").first).to_have_id("article-a99")
        same = (
            "window.before[0] === document.activeElement && window.before[1] === document.getElementById('article-a1')"
        )
        assert page.evaluate(same)


def test_open_details_stay_open_when_the_page_changes(store: Store, browser: Browser, wait: Waiter) -> None:
    with opened(browser, app_of(store), wait, "/workers") as page:
        details = page.locator("#processes details").first
        details.locator("summary").click()
        delivery_id = deliver(store, "desk/long.jsonl", SystemClock().now())
        lease = timedelta(minutes=5)
        assert store.ledger.begin(delivery_id, owner="worker@desk:12", lease=lease)

        expect(page.locator("#working")).to_contain_text("desk/long.jsonl")
        expect(details).to_have_attribute("open", "")


def test_a_file_that_is_dropped_on_a_page_is_uploaded(tab: Page) -> None:
    visit(tab, "/articles", width=1280)
    file = "const data = new DataTransfer(); data.items.add(new File(['x'], '<b>drop.txt')); return data;"
    dropped = tab.evaluate_handle(f"() => {{ {file} }}")
    tab.dispatch_event("main", "drop", {"dataTransfer": dropped})

    expect(tab.get_by_role("heading", name="Upload files")).to_be_visible()
    # The API of this test cannot write; what it answers is beside the file.
    expect(tab.locator("#upload-list li")).to_contain_text("<b>drop.txt this API cannot take files in")


def test_a_hidden_page_has_no_stream(store: Store, browser: Browser, wait: Waiter) -> None:
    app = app_of(store)
    with opened(browser, app, wait) as page:
        expect(page.locator("#connection")).to_have_text("Live")
        hide = """Object.defineProperty(document, "hidden", { value: true, configurable: true });
            document.dispatchEvent(new Event("visibilitychange"))"""
        page.evaluate(hide)

        wait(lambda: app.state.feed._clients == 0, seconds=60)  # nothing else shows it


def test_a_page_without_a_stream_is_read_at_intervals(store: Store, browser: Browser, wait: Waiter) -> None:
    app = app_of(store)
    app.state.feed._most_clients = 0  # as if others had all streams
    with opened(browser, app, wait) as page:
        expect(page.locator("#connection")).to_have_text("Updated every 5 s")
        publish(store, "a98", "Bridge opens early")

        expect(page.locator("#article-a98")).to_be_visible()


def test_times_have_year_and_zone_of_the_reader(store: Store, browser: Browser, wait: Waiter) -> None:
    with opened(browser, app_of(store), wait, timezone_id="Asia/Tokyo") as page:
        shown = page.locator("#articles time").first

        expect(shown).to_contain_text("GMT+9")
        expect(shown).to_contain_text(f"{SystemClock().now():%Y}")


def test_a_page_without_javascript_has_the_same_content(store: Store, browser: Browser, wait: Waiter) -> None:
    with opened(browser, app_of(store), wait, java_script_enabled=False) as page:
        expect(page.locator("#articles")).to_contain_text("Central bank leaves its rate unchanged")
        expect(page.locator("#articles")).to_contain_text("UTC")
        expect(page.locator("#problems")).to_contain_text("no watcher has sent a heartbeat")


@pytest.mark.parametrize("name", SCREENSHOTS)
def test_the_pictures_of_the_documentation_are_of_these_pages(
    name: str, browser: Browser, wait: Waiter, tmp_path: Path
) -> None:
    # `make pictures` gives the folder of the documentation.
    picture = Path(os.environ.get("PICTURES") or tmp_path) / f"{name}.png"
    store = busy_newsroom(SystemClock())
    put_into_one_story(store, *store.articles.get_many([ArticleId("a0"), ArticleId("a7")]))
    with opened(browser, app_of(store), wait, SCREENSHOTS[name]) as page:
        page.set_viewport_size({"width": 1280, "height": 1100 if name == "dashboard" else 640})
        expect(page.locator("#connection")).to_have_text("Live")
        page.screenshot(path=picture)

    assert picture.stat().st_size > 10_000


def publish(store: Store, article_id: str, title: str) -> None:
    """Store an article of a delivery that ends now."""
    now = SystemClock().now()
    store.articles.create(an_article(article_id, title=title, received_at=now), owner=DeliveryId("d"))
    stored = Outcome(disposition=Disposition.STORED, article_ids=(ArticleId(article_id),))
    deliver(store, f"desk/{article_id}.txt", now, stored)
