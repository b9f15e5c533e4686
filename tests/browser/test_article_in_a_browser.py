"""The page of an article in a real browser: what a person decides there, origins, and the evidence for labels."""

from __future__ import annotations

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
from copytaster.model.article import (
    ArticleId,
    ArticleStatus,
    Duplicate,
    Entity,
    EntityType,
    Relation,
    RelationKind,
    Span,
)
from copytaster.model.delivery import DeliveryId
from copytaster.model.work import EmptyQueues
from copytaster.store.store import Store
from copytaster_api.app import ApiDependencies, create_app
from tests.browser.pages import opened
from tests.factories import START, an_article

if TYPE_CHECKING:
    from tests.conftest import Waiter

A1, A2 = ArticleId("a1"), ArticleId("a2")


def newsroom() -> Store:
    """Return a store with an article that has a name, a copy of it, and a withheld article."""
    store = memory_store(SystemClock())
    entity = Entity(name="Port Hadley", type=EntityType.PLACE, count=1, spans=(Span(start=900, end=911),))
    text = f"{'word ' * 180}Port Hadley."
    labels = {"entities": (entity,), "topics": (), "keywords": (), "language": "en"}
    store.articles.create(an_article(A1, text=text, **labels), owner=DeliveryId("d1"))
    relation = Relation(kind=RelationKind.NEAR, of=A1, score=0.9)
    copy = an_article(A2, title="Harbour open", relation=relation, received_at=START + timedelta(hours=1))
    store.articles.create(copy, owner=DeliveryId("d3"))
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
    held = an_article("a4", title="Budget agreed", status=ArticleStatus.WITHHELD)
    store.articles.create(held, owner=DeliveryId("d5"))
    return store


@contextmanager
def article_page(browser: Browser, store: Store, wait: Waiter, path: str) -> Iterator[Page]:
    """Yield the page of an article, with what a person can decide about it."""
    clock = SystemClock()
    acceptance = Acceptance(store=store, decisions=MemoryDecisions(), placements=MemoryPlacements(), clock=clock)
    releases = Releases(store=store, decisions=MemoryDecisions(), clock=clock, by="api")
    deps = ApiDependencies(
        store=store,
        queues=EmptyQueues(),
        clock=clock,
        registry=CollectorRegistry(),
        accept=acceptance.accept,
        undo_acceptance=acceptance.undo,
        release=releases.decide,
    )
    with opened(browser, create_app(deps), wait, path) as page:
        page.on("dialog", lambda dialog: dialog.accept())
        yield page


def test_a_click_accepts_a_wrongly_detected_copy(browser: Browser, wait: Waiter) -> None:
    store = newsroom()

    with article_page(browser, store, wait, "/articles/a1") as page:
        page.get_by_role("button", name="copy.txt is not a copy").click()

        expect(page.get_by_role("heading", name="Copies")).to_be_hidden()
    assert store.articles.is_accepted(A2)


def test_a_click_makes_an_accepted_article_a_copy_again(browser: Browser, wait: Waiter) -> None:
    store = newsroom()

    with article_page(browser, store, wait, f"/articles/{A2}") as page:
        page.get_by_role("button", name="Not a copy").click()
        page.get_by_role("button", name="It is a copy").click()

        expect(page.get_by_role("button", name="Not a copy")).to_be_visible()
    assert not store.articles.is_accepted(A2)


def test_a_click_releases_a_withheld_article(browser: Browser, wait: Waiter) -> None:
    store = newsroom()

    with article_page(browser, store, wait, "/articles/a4") as page:
        page.get_by_role("button", name="Release").click()

        expect(page.locator("#about")).to_contain_text("decided by dashboard")
        expect(page.get_by_role("button", name="Release")).to_have_count(0)
    released = store.articles.get(ArticleId("a4"))
    assert released
    assert released.at(SystemClock().now()).status is ArticleStatus.USABLE


def test_origins_appear_with_the_focus_and_labels_lead_to_their_evidence(browser: Browser, wait: Waiter) -> None:
    with article_page(browser, newsroom(), wait, "/articles/a1") as page:
        expect(page.locator("#from-title")).to_be_hidden()
        page.locator("[aria-describedby=from-title]").focus()
        expect(page.locator("#from-title")).to_be_visible()

        page.get_by_role("link", name="Port Hadley").click()
        expect(page.locator("mark:target")).to_have_text("Port Hadley")
