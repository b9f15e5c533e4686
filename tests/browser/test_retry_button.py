"""The dashboard's button in a real browser: it is clicked, and what it sends is let through."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.responses import HTMLResponse, Response
from prometheus_client import CollectorRegistry

from copytaster.bootstrap.store import memory_store
from copytaster.clock import SystemClock
from copytaster.model.delivery import Delivery, DeliveryId, Outcome, new_delivery_id
from copytaster.model.disposition import ADVICE, Disposition, Reason
from copytaster.model.work import EmptyQueues
from copytaster.monitoring.status import SILENCE
from copytaster.recovery.retry import NotRetriedError
from copytaster.store.store import Store
from copytaster_api.__main__ import listen
from copytaster_api.app import ApiDependencies, create_app

if TYPE_CHECKING:
    from tests.conftest import Waiter

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync")

SECONDS = 120.0

CLICKER = """
const looking = setInterval(() => {
  const button = document.querySelector(".does:not(:disabled)");
  if (!button) return;
  clearInterval(looking);
  button.click();
}, 50);
"""

Retry = Callable[[DeliveryId], Delivery]


def failed(store: Store, name: str, reason: Reason) -> DeliveryId:
    now = SystemClock().now()
    delivery = Delivery(
        id=new_delivery_id(now), name=name, path=name, source=None, size=0, sha256=None, received_at=now
    )
    store.ledger.register(delivery, due_in=timedelta(seconds=30), by="watcher@desk:1")
    outcome = Outcome(disposition=Disposition.REJECTED, reason=reason, message=f"{name} failed")
    store.ledger.settle(delivery.id, outcome, by="worker@desk:2")
    return delivery.id


def clicking_app(store: Store, retry: Retry) -> FastAPI:
    """Return the API with one more page: the dashboard with a script that clicks the first button."""
    deps = ApiDependencies(
        store=store, queues=EmptyQueues(), clock=SystemClock(), registry=CollectorRegistry(), retry=retry
    )
    app = create_app(deps)
    page = app.state.templates.get_template("dashboard.html").render(advice=ADVICE, silence=SILENCE)
    clicking = page.replace("</head>", '<script type="module" src="/clicker.js"></script></head>')
    app.add_api_route("/clicked", lambda: HTMLResponse(clicking))
    app.add_api_route("/clicker.js", lambda: Response(CLICKER, media_type="text/javascript"))
    return app


def dom_after_a_click(app: FastAPI, profile: Path, wait: Waiter) -> str:
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        pytest.skip(f"no Chromium on this machine (looked for {', '.join(BROWSERS)})")
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


def test_a_click_retries_the_file_and_the_row_says_as_which_delivery(tmp_path: Path, wait: Waiter) -> None:
    store, asked = memory_store(SystemClock()), list[DeliveryId]()
    failed(store, "link.txt", Reason.NOT_A_FILE)
    empty = failed(store, "empty.txt", Reason.EMPTY)
    new = DeliveryId("d" + "1" * 22)

    def retry(delivery_id: DeliveryId) -> Delivery:
        asked.append(delivery_id)
        store.ledger.record_retry(delivery_id, new, by="api")
        record = store.ledger.get(delivery_id)
        assert record
        return record.model_copy(update={"id": new})

    dom = dom_after_a_click(clicking_app(store, retry), tmp_path, wait)

    assert asked == [empty]
    assert f'Retried as <button class="opens" type="button">{new}</button>' in dom
    assert ">Retry</button>" not in dom


def test_a_refusal_is_shown_as_text_beside_the_button(tmp_path: Path, wait: Waiter) -> None:
    store = memory_store(SystemClock())
    failed(store, "empty.txt", Reason.EMPTY)

    def refuse(_: DeliveryId) -> Delivery:
        raise NotRetriedError("<b>somebody</b> was quicker")

    dom = dom_after_a_click(clicking_app(store, refuse), tmp_path, wait)

    assert '<p role="status">&lt;b&gt;somebody&lt;/b&gt; was quicker</p>' in dom
    assert ">Retry</button>" in dom
