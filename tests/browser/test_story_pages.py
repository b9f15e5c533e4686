"""The page of a story in a real browser: what a person decides there, and its width on a telephone."""

from __future__ import annotations

import re
import warnings
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
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
from tests.browser.pages import add_clicking_page, document_of
from tests.factories import START, an_article, put_into_one_story

with warnings.catch_warnings():
    # Starlette wants httpx2 where httpx serves as well.
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient

if TYPE_CHECKING:
    from tests.conftest import Waiter

A_PERSON = """
document.querySelector(".correct > details").open = true;
document.getElementById("by").value = "Anna";
const press = (value) => document.querySelector(`button[value="${value}"]`).click();
const choose = (id) => { document.querySelector(`input[value="${id}"]`).checked = true; };
"""

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


def dom_after(script: str, store: Store, profile: Path, wait: Waiter) -> str:
    """Return the document that a person has in front of them after the script has run on the page of s1."""
    clock = SystemClock()
    desk = StoryDesk(store=store, decisions=MemoryDecisions(), clock=clock)
    registry = CollectorRegistry()
    app = create_app(
        ApiDependencies(
            store=store,
            queues=EmptyQueues(),
            clock=clock,
            registry=registry,
            story_desk=desk,
            allowed_hosts=("testserver",),
        )
    )
    page = TestClient(app).get("/stories/s1").text
    return document_of(app, add_clicking_page(app, script, page), profile, wait)


def stories_of(store: Store) -> dict[str, str]:
    return {str(each): str(of) for each, of in store.stories.ids([ArticleId(f"a{n}") for n in (1, 2, 3, 5)]).items()}


def test_a_person_splits_a_story(store: Store, tmp_path: Path, wait: Waiter) -> None:
    dom = dom_after(f'{A_PERSON} choose("a2"); press("split");', store, tmp_path, wait)

    assert stories_of(store) == {"a1": "s1", "a2": "s2", "a3": "s2", "a5": "s5"}
    assert '<p id="decided" role="status" class="done">Done. See <a href="/stories/s1">s1</a>' in dom
    assert "split by Anna: 2 of s1 to s2" in dom


def test_a_person_merges_a_story_into_another_one(store: Store, tmp_path: Path, wait: Waiter) -> None:
    script = f'{A_PERSON} document.getElementById("into").value = "s5"; press("merge");'

    dom = dom_after(script, store, tmp_path, wait)

    assert {*stories_of(store).values()} == {"s5"}
    assert '<a href="/stories/s5">s5</a>' in dom


def test_a_refused_decision_says_why(store: Store, tmp_path: Path, wait: Waiter) -> None:
    script = f'{A_PERSON} document.getElementById("into").value = "s404"; press("merge");'

    dom = dom_after(script, store, tmp_path, wait)

    assert "there is no story s404" in dom


def test_an_order_without_the_needed_choice_says_what_is_missing(store: Store, tmp_path: Path, wait: Waiter) -> None:
    dom = dom_after(f'{A_PERSON} press("move");', store, tmp_path, wait)

    assert "Choose one article to move." in dom


def test_decisions_are_listed_and_undone_by_a_click(store: Store, tmp_path: Path, wait: Waiter) -> None:
    script = f"""{A_PERSON}
    await fetch("/api/v1/stories/s1/split", {{ method: "POST", headers: {{ "Content-Type": "application/json" }},
      body: JSON.stringify({{ articles: ["a2"], by: "Ben" }}) }});
    const details = document.querySelector(".correct > details");
    details.open = false;
    setTimeout(() => {{ details.open = true; }}, 200);
    const timer = setInterval(() => {{
      const undo = document.querySelector("#decisions button");
      if (!undo) return;
      clearInterval(timer);
      undo.click();
    }}, 50);
    """

    dom = dom_after(script, store, tmp_path, wait)

    assert stories_of(store)["a2"] == "s1"
    assert "undone by Anna" in dom


def test_an_article_opens_in_the_dialog(store: Store, tmp_path: Path, wait: Waiter) -> None:
    dom = dom_after('document.querySelector("a[data-article=a1]").click();', store, tmp_path, wait)

    assert re.search(r'<dialog id="dialog"[^>]* open="">', dom)
    assert '<h2 id="dialog-title">Ferry burns</h2>' in dom


def test_on_a_telephone_nothing_is_wider_than_the_screen(store: Store, tmp_path: Path, wait: Waiter) -> None:
    # A window without a screen is at least 500 pixels wide, and has the same layout.
    script = """
    document.documentElement.style.width = "390px";
    for (const each of document.querySelectorAll("details")) each.open = true;
    const wide = [...document.querySelectorAll("body *")].filter((each) => each.getBoundingClientRect().right > 390);
    document.title = `wide: ${wide.map((each) => each.outerHTML.slice(0, 60)).join()}.`;
    """

    dom = dom_after(script, store, tmp_path, wait)

    assert "<title>wide: .</title>" in dom
