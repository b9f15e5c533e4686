"""The page of a story in a real browser: what a person decides there, and its width on a telephone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page, expect
from prometheus_client import CollectorRegistry

from copytaster.archive.decisions import MemoryDecisions
from copytaster.bootstrap.store import memory_store
from copytaster.clock import SystemClock
from copytaster.model.article import ArticleId, Relation, RelationKind
from copytaster.model.delivery import DeliveryId
from copytaster.model.work import EmptyQueues
from copytaster.store.store import Store
from copytaster.stories.decisions import StoryDesk
from copytaster_api.app import ApiDependencies, create_app
from tests.browser.pages import opened
from tests.factories import START, an_article, put_into_one_story

if TYPE_CHECKING:
    from tests.conftest import Waiter

LONG = f"All are safe {'x' * 90}"


@pytest.fixture
def store() -> Store:
    """Give the stories s1 (a1, a2, and its copy a3) and s5 (a5)."""
    store = memory_store(SystemClock())
    articles = [
        an_article("a1", title="Ferry burns", text="A ferry burns off Port Hadley.", source="Kestrel"),
        an_article("a2", title=LONG, text="The central bank leaves its rate unchanged.", source="Quay"),
        an_article("a3", relation=Relation(kind=RelationKind.NEAR, of=ArticleId("a2"), score=0.9)),
        an_article("a5", title="Rates stay", source="Littoral", received_at=START + timedelta(hours=1)),
    ]
    for each in articles:
        store.articles.create(each, owner=DeliveryId(f"d{each.id}"))
    put_into_one_story(store, *articles[:3])
    put_into_one_story(store, articles[3])
    return store


@contextmanager
def story_page(browser: Browser, store: Store, wait: Waiter, **context: object) -> Iterator[Page]:
    """Yield the page of s1, with its corrections open and a name typed in."""
    clock = SystemClock()
    desk = StoryDesk(store=store, decisions=MemoryDecisions(), clock=clock)
    deps = ApiDependencies(
        store=store, queues=EmptyQueues(), clock=clock, registry=CollectorRegistry(), story_desk=desk
    )
    with opened(browser, create_app(deps), wait, "/stories/s1", **context) as page:
        page.get_by_text("Correct this story").click()
        page.get_by_label("Your name").fill("Anna")
        yield page


def stories_of(store: Store) -> dict[str, str]:
    return {str(each): str(of) for each, of in store.stories.ids([ArticleId(f"a{n}") for n in (1, 2, 3, 5)]).items()}


@pytest.mark.parametrize(("zone", "days"), [("UTC", 1), ("Asia/Tokyo", 2), ("America/New_York", 2)])
def test_a_day_of_the_timeline_begins_where_it_does_for_the_reader(
    store: Store, browser: Browser, wait: Waiter, zone: str, days: int
) -> None:
    late, early = START + timedelta(hours=23), START + timedelta(hours=2)
    articles = [
        an_article("a7", title="Ferry sails", text="A ferry burns off Port Hadley.", received_at=early),
        an_article("a8", title="Ferry sinks", text="All 214 passengers are safe.", received_at=late),
    ]
    for each in articles:
        store.articles.create(each, owner=DeliveryId(f"d{each.id}"))
    put_into_one_story(store, *articles)
    app = create_app(
        ApiDependencies(store=store, queues=EmptyQueues(), clock=SystemClock(), registry=CollectorRegistry())
    )

    with opened(browser, app, wait, "/stories/s7", timezone_id=zone) as page:
        expect(page.locator(".timeline > .day:visible")).to_have_count(days)
        expect(page.locator("#zone")).to_have_text("Times are shown in your time zone.")


def test_a_person_splits_a_story(store: Store, browser: Browser, wait: Waiter) -> None:
    with story_page(browser, store, wait) as page:
        page.locator("input[value=a2]").check()
        page.get_by_role("button", name="Split them off").click()

        expect(page.locator("#decided")).to_contain_text("Done. See s1")
        expect(page.locator("#decided")).to_have_class("done")
        expect(page.locator("#decisions")).to_contain_text("split by Anna: 2 of s1 to s2")
    assert stories_of(store) == {"a1": "s1", "a2": "s2", "a3": "s2", "a5": "s5"}


def test_a_person_merges_a_story_into_another_one(store: Store, browser: Browser, wait: Waiter) -> None:
    with story_page(browser, store, wait) as page:
        page.get_by_label("Other story").fill("s5")
        page.get_by_role("button", name="Merge this whole story").click()

        expect(page.locator("#decided a[href='/stories/s5']")).to_have_text("s5")
    assert {*stories_of(store).values()} == {"s5"}


def test_a_refused_decision_says_why(store: Store, browser: Browser, wait: Waiter) -> None:
    with story_page(browser, store, wait) as page:
        page.get_by_label("Other story").fill("s404")
        page.get_by_role("button", name="Merge this whole story").click()

        expect(page.locator("#decided")).to_contain_text("there is no story s404")


def test_an_order_without_the_needed_choice_says_what_is_missing(store: Store, browser: Browser, wait: Waiter) -> None:
    with story_page(browser, store, wait) as page:
        page.get_by_role("button", name="Move the article").click()

        expect(page.locator("#decided")).to_have_text("Choose one article to move.")


def test_decisions_are_listed_and_undone_by_a_click(store: Store, browser: Browser, wait: Waiter) -> None:
    with story_page(browser, store, wait) as page:
        page.locator("input[value=a2]").check()
        page.get_by_role("button", name="Split them off").click()
        page.get_by_role("button", name="Undo").click()

        expect(page.locator("#decisions")).to_contain_text("undone by Anna")
    assert stories_of(store)["a2"] == "s1"


def test_an_article_opens_on_its_page(store: Store, browser: Browser, wait: Waiter) -> None:
    with story_page(browser, store, wait) as page:
        page.get_by_role("link", name="Ferry burns").first.click()

        expect(page).to_have_url(re.compile("/articles/a1$"))


def test_on_a_telephone_nothing_is_wider_than_the_screen(store: Store, browser: Browser, wait: Waiter) -> None:
    with story_page(browser, store, wait, viewport={"width": 390, "height": 844}) as page:
        page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")

        assert page.evaluate("document.documentElement.scrollWidth") == 390
