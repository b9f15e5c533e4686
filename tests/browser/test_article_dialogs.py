"""The dashboard's dialogs in a real browser: versions with what changed, a story, and a copy that is none."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.responses import HTMLResponse, Response
from prometheus_client import CollectorRegistry

from copytaster.archive.decisions import MemoryDecisions
from copytaster.articles.acceptance import Acceptance
from copytaster.bootstrap.store import memory_store
from copytaster.clock import SystemClock
from copytaster.model.article import ArticleId, ArticleStatus, Duplicate, Relation, RelationKind, Signal
from copytaster.model.delivery import DeliveryId
from copytaster.model.disposition import ADVICE
from copytaster.model.work import EmptyQueues
from copytaster.monitoring.status import SILENCE
from copytaster.store.ports.stories import Member
from copytaster.store.store import Store
from copytaster_api.__main__ import listen
from copytaster_api.app import ApiDependencies, create_app
from tests.factories import START, an_article

if TYPE_CHECKING:
    from tests.conftest import Waiter

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync")

SECONDS = 120.0

CLICKER = """
const wanted = %s;
const looking = setInterval(() => {
  const button = [...document.querySelectorAll("button")].find((each) => each.textContent === wanted[0]);
  if (!button) return;
  button.click();
  wanted.shift();
  if (!wanted.length) clearInterval(looking);
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
    store.stories.tie(Member(A2, copy.received_at), [Member(A1, first.received_at)], NEAR)
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


def clicking_app(store: Store, labels: Sequence[str]) -> FastAPI:
    """Return the API with one more page: the dashboard with a script that clicks the buttons of these labels."""
    clock = SystemClock()
    acceptance = Acceptance(store=store, decisions=MemoryDecisions(), clock=clock, by="api")
    registry = CollectorRegistry()
    deps = ApiDependencies(store=store, queues=EmptyQueues(), clock=clock, registry=registry, accept=acceptance.accept)
    app = create_app(deps)
    page = app.state.templates.get_template("dashboard.html").render(advice=ADVICE, silence=SILENCE)
    clicking = page.replace("</head>", '<script type="module" src="/clicker.js"></script></head>')
    app.add_api_route("/clicked", lambda: HTMLResponse(clicking))
    script = CLICKER % json.dumps(labels)
    app.add_api_route("/clicker.js", lambda: Response(script, media_type="text/javascript"))
    return app


def dom_after(labels: Sequence[str], store: Store, profile: Path, wait: Waiter) -> str:
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        pytest.skip(f"no Chromium on this machine (looked for {', '.join(BROWSERS)})")
    app = clicking_app(store, labels)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off"))
    with listen("127.0.0.1", 0) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            wait(lambda: server.started, seconds=SECONDS)
            address = f"http://127.0.0.1:{listener.getsockname()[1]}/clicked"
            options = [f"--user-data-dir={profile}", "--virtual-time-budget=5000", "--dump-dom", address]
            command = [browser, *QUIET, *options]
            return subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=True).stdout
        finally:
            server.should_exit = True
            thread.join()


def test_versions_show_the_words_that_went_and_came(tmp_path: Path, wait: Waiter) -> None:
    dom = dom_after(["Harbour reopens", "show changes"], newsroom(), tmp_path, wait)

    assert "<del>Monday.</del><ins>Tuesday.</ins>" in dom
    assert "Version 2, usable, correction" in dom


def test_a_story_shows_its_articles_and_sources(tmp_path: Path, wait: Waiter) -> None:
    dom = dom_after(["Harbour reopens", "s1"], newsroom(), tmp_path, wait)

    assert "<dd>Kestrel, Quay</dd>" in dom
    assert "Harbour open</button>, Quay, near, " in dom


def test_a_copy_that_is_none_is_accepted_by_a_click(tmp_path: Path, wait: Waiter) -> None:
    store = newsroom()

    dom = dom_after(["Harbour reopens", "Not a copy"], store, tmp_path, wait)

    assert store.articles.is_accepted(A2)
    assert "It is a separate article now, a2." in dom


def test_the_list_marks_what_is_withdrawn_and_the_table_says_who_was_first(tmp_path: Path, wait: Waiter) -> None:
    dom = dom_after(["Gone"], newsroom(), tmp_path, wait)

    assert '<span class="chip reason">canceled</span>' in dom
    assert '<th scope="row">Kestrel</th>' in dom
    assert '<td class="number">1 h 0 min</td>' in dom
