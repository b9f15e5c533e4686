"""The dashboard in a real browser: the document after its script has run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, expect
from prometheus_client import CollectorRegistry

from copytaster.bootstrap.store import memory_store
from copytaster.clock import SystemClock
from copytaster.model.article import Article, ArticleId
from copytaster.model.delivery import Delivery, DeliveryId, Outcome, new_delivery_id
from copytaster.model.disposition import ADVICE, Disposition, Reason
from copytaster.model.work import EmptyQueues
from copytaster.store.store import Store
from copytaster_api.app import ApiDependencies, create_app
from tests.browser.pages import opened

if TYPE_CHECKING:
    from tests.conftest import Waiter


@pytest.fixture(scope="module")
def dom(browser: Browser, wait: Waiter) -> Iterator[str]:
    """Give the document of the overview after its scripts have read it again."""
    store, registry = filled_store(), CollectorRegistry()
    app = create_app(ApiDependencies(store=store, queues=EmptyQueues(), clock=SystemClock(), registry=registry))
    with opened(browser, app, wait) as page:
        deliver(store, "late.html", Outcome(disposition=Disposition.DUPLICATE))
        expect(page.locator(".duplicate b")).to_have_text("1")
        yield page.content()


def filled_store() -> Store:
    store = memory_store(SystemClock())
    deliver(store, "story.html", Outcome(disposition=Disposition.STORED, article_ids=(ArticleId("a1"),)))
    message = "<b>bold</b>.txt has no bytes"
    refused = Outcome(disposition=Disposition.REJECTED, reason=Reason.EMPTY, message=message)
    deliver(store, "<img src=x onerror=alert(1)>.txt", refused)
    article = Article(
        id=ArticleId("a1"),
        version=1,
        title="<script>alert(1)</script> & friends",
        text="Nobody was hurt.",
        source="coast radio",
        received_at=SystemClock().now(),
        word_count=3,
        format="html",
        provenance={},
        sha256="ab" * 32,
    )
    store.articles.create(article, owner=DeliveryId("d1"))
    return store


def deliver(store: Store, name: str, outcome: Outcome) -> None:
    now = SystemClock().now()
    delivery = Delivery(
        id=new_delivery_id(now), name=name, path=name, source=None, size=0, sha256=None, received_at=now
    )
    store.ledger.register(delivery, due_in=timedelta(seconds=30), by="watcher@desk:1")
    store.ledger.settle(delivery.id, outcome, by="worker@desk:2")


def test_titles_and_file_names_are_shown_as_text(dom: str) -> None:
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; friends</a>" in dom
    assert "&lt;img src=x onerror=alert(1)&gt;.txt</a>" in dom
    assert "&lt;b&gt;bold&lt;/b&gt;.txt has no bytes" in dom
    assert "<script>alert(1)" not in dom
    assert "<img" not in dom


def test_the_balance_is_shown_as_an_equation_that_is_true(dom: str) -> None:
    assert "<dt>seen</dt><dd>3</dd>" in dom
    assert "<dt>stored</dt><dd>1</dd>" in dom
    assert "<dt>rejected</dt><dd>1</dd>" in dom
    assert "<dt>duplicate</dt><dd>1</dd>" in dom
    assert "<dt>in flight</dt><dd>0</dd>" in dom
    assert "The balance is closed" in dom


def test_each_queue_has_its_row(dom: str) -> None:
    assert '<th scope="row">ingest</th>' in dom
    assert '<th scope="row">tag</th>' in dom


def test_problems_are_shown_as_sentences_with_since_when_and_what_to_do(dom: str) -> None:
    assert "2 problems</h1>" in dom
    assert "no watcher has sent a heartbeat" in dom
    assert "no worker has sent a heartbeat" in dom
    assert dom.count("Since <time") == 3  # and the notice of the failed file
    assert 'href="/problems#no_worker"' in dom


def test_a_rejected_file_is_shown_with_its_reason_and_the_advice(dom: str) -> None:
    assert "rejected: empty</span>" in dom
    assert f'<p class="quiet short">{ADVICE[Reason.EMPTY]}</p>' in dom
