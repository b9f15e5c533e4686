"""The dashboard's dialogs in a real browser: versions with their changes, and the acceptance of copies."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from playwright.sync_api import Browser, Page, expect
from prometheus_client import CollectorRegistry

from copytaster.archive.decisions import MemoryDecisions
from copytaster.archive.placements import MemoryPlacements
from copytaster.articles.acceptance import Acceptance
from copytaster.articles.releases import Releases
from copytaster.bootstrap.store import memory_store
from copytaster.clock import SystemClock
from copytaster.model.article import ArticleId, ArticleStatus, Duplicate, Relation, RelationKind, Signal
from copytaster.model.delivery import DeliveryId
from copytaster.model.work import EmptyQueues
from copytaster.store.store import Store
from copytaster_api.app import ApiDependencies, create_app
from tests.browser.pages import opened
from tests.factories import START, an_article, put_into_one_story

if TYPE_CHECKING:
    from tests.conftest import Waiter

A1, A2 = ArticleId("a1"), ArticleId("a2")
NEAR = Relation(kind=RelationKind.NEAR, of=A1, score=0.9)


def newsroom() -> Store:
    """Return a store with an article of two versions, a copy of it, and a withdrawn one."""
    store = memory_store(SystemClock())
    first = an_article(source="Kestrel")
    store.articles.create(first, owner=DeliveryId("d1"))
    corrected = {"text": "The harbour reopened on Tuesday.", "signal": Signal.CORRECTION}
    store.articles.add_version(first.model_copy(update=corrected), owner=DeliveryId("d2"))
    copy = an_article("a2", title="Harbour open", source="Quay", relation=NEAR, received_at=START + timedelta(hours=1))
    store.articles.create(copy, owner=DeliveryId("d3"))
    put_into_one_story(store, first, copy)
    duplicate = Duplicate(
        delivery_id="d3",
        kind=RelationKind.NEAR,
        score=0.9,
        name="copy.txt",
        source="quay",
        article_id=A2,
        received_at=copy.received_at,
    )
    store.articles.add_duplicate(A1, duplicate)
    store.articles.create(an_article("a3", title="Gone", status=ArticleStatus.CANCELED), owner=DeliveryId("d4"))
    store.source_statistics.count_copy("d3", "Quay", of="Kestrel", lead=timedelta(hours=1))
    return store


@contextmanager
def overview(browser: Browser, store: Store, wait: Waiter) -> Iterator[Page]:
    """Yield the overview, with what a person can decide about articles."""
    clock = SystemClock()
    acceptance = Acceptance(
        store=store, decisions=MemoryDecisions(), placements=MemoryPlacements(), clock=clock, by="api"
    )
    releases = Releases(store=store, decisions=MemoryDecisions(), clock=clock, by="api")
    deps = ApiDependencies(
        store=store,
        queues=EmptyQueues(),
        clock=clock,
        registry=CollectorRegistry(),
        accept=acceptance.accept,
        release=releases.decide,
    )
    with opened(browser, create_app(deps), wait) as page:
        yield page


def test_versions_show_deleted_and_inserted_words(browser: Browser, wait: Waiter) -> None:
    with overview(browser, newsroom(), wait) as page:
        page.get_by_role("link", name="Harbour reopens").click()
        page.get_by_role("button", name="show changes").click()

        dialog = page.locator("#dialog")
        expect(dialog).to_contain_text("Version 2, usable, correction")
        assert dialog.locator("del").inner_text() == "Monday."
        assert dialog.locator("ins").inner_text() == "Tuesday."


def test_an_article_leads_to_the_page_of_its_story(browser: Browser, wait: Waiter) -> None:
    with overview(browser, newsroom(), wait) as page:
        page.get_by_role("link", name="Harbour reopens").click()
        page.locator("#dialog").get_by_role("link", name="s1").click()

        expect(page).to_have_url(re.compile("/stories/s1$"))


def test_a_click_accepts_a_wrongly_detected_copy(browser: Browser, wait: Waiter) -> None:
    store = newsroom()

    with overview(browser, store, wait) as page:
        page.get_by_role("link", name="Harbour reopens").click()
        page.get_by_role("button", name="Not a copy").click()

        expect(page.locator("#dialog")).to_contain_text("It is a separate article now, a2.")
    assert store.articles.is_accepted(A2)


def test_a_click_releases_a_withheld_article(browser: Browser, wait: Waiter) -> None:
    store = newsroom()
    held = an_article("a4", title="Budget agreed", status=ArticleStatus.WITHHELD)
    store.articles.create(held, owner=DeliveryId("d5"))

    with overview(browser, store, wait) as page:
        page.get_by_role("link", name="Budget agreed").click()
        page.get_by_role("button", name="Release").click()

        expect(page.locator("#dialog")).to_contain_text("Version 1 is usable now.")
    released = store.articles.get(held.id)
    assert released
    assert released.at(SystemClock().now()).status is ArticleStatus.USABLE


def test_canceled_articles_are_marked(browser: Browser, wait: Waiter) -> None:
    with overview(browser, newsroom(), wait) as page:
        row = page.locator("#article-a3")

        assert row.locator(".chip.reason").all_inner_texts() == ["canceled"]


def test_the_table_of_sources_shows_the_first_source_and_its_lead(browser: Browser, wait: Waiter) -> None:
    with overview(browser, newsroom(), wait) as page:
        page.get_by_role("link", name="Sources").click()

        row = page.get_by_role("row", name="Kestrel")
        expect(row).to_contain_text("1 h 0 min")
