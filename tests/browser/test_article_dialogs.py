"""The dashboard's dialogs in a real browser: versions with their changes, and the acceptance of copies."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

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
from tests.browser.pages import add_clicking_page, document_of
from tests.factories import START, an_article, put_into_one_story

if TYPE_CHECKING:
    from tests.conftest import Waiter

CLICKER = """
const labels = %s;
const timer = setInterval(() => {
  const button = [...document.querySelectorAll("button")].find((each) => each.textContent === labels[0]);
  if (!button) return;
  button.click();
  labels.shift();
  if (!labels.length) clearInterval(timer);
}, 50);
"""

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


def dom_after(labels: Sequence[str], store: Store, profile: Path, wait: Waiter) -> str:
    """Return the dashboard's document after clicks on the buttons with these labels, each as soon as it exists."""
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
    app = create_app(deps)
    return document_of(app, add_clicking_page(app, CLICKER % json.dumps(labels)), profile, wait)


def test_versions_show_deleted_and_inserted_words(tmp_path: Path, wait: Waiter) -> None:
    dom = dom_after(["Harbour reopens", "show changes"], newsroom(), tmp_path, wait)

    assert "<del>Monday.</del><ins>Tuesday.</ins>" in dom
    assert "Version 2, usable, correction" in dom


def test_an_article_leads_to_the_page_of_its_story(tmp_path: Path, wait: Waiter) -> None:
    dom = dom_after(["Harbour reopens"], newsroom(), tmp_path, wait)

    assert '<a href="/stories/s1">s1</a>' in dom


def test_a_click_accepts_a_wrongly_detected_copy(tmp_path: Path, wait: Waiter) -> None:
    store = newsroom()

    dom = dom_after(["Harbour reopens", "Not a copy"], store, tmp_path, wait)

    assert store.articles.is_accepted(A2)
    assert "It is a separate article now, a2." in dom


def test_a_click_releases_a_withheld_article(tmp_path: Path, wait: Waiter) -> None:
    store = newsroom()
    held = an_article("a4", title="Budget agreed", status=ArticleStatus.WITHHELD)
    store.articles.create(held, owner=DeliveryId("d5"))

    dom = dom_after(["Budget agreed", "Release"], store, tmp_path, wait)

    released = store.articles.get(held.id)
    assert released
    assert released.at(SystemClock().now()).status is ArticleStatus.USABLE
    assert "Version 1 is usable now." in dom


def test_canceled_articles_are_marked_and_the_table_shows_the_first_source(tmp_path: Path, wait: Waiter) -> None:
    dom = dom_after(["Gone"], newsroom(), tmp_path, wait)

    assert '<span class="chip reason">canceled</span>' in dom
    assert '<th scope="row">Kestrel</th>' in dom
    assert '<td class="number">1 h 0 min</td>' in dom
