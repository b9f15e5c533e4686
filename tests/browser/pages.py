"""The API's pages in a headless Chromium: the document after the page's scripts have run."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.responses import HTMLResponse, Response

from copytaster.model.disposition import ADVICE
from copytaster.monitoring.status import SILENCE
from copytaster_api.__main__ import listen

if TYPE_CHECKING:
    from tests.conftest import Waiter

BROWSERS = ("chromium", "chromium-browser", "google-chrome")

QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

SECONDS = 120.0
"""Time limit for the browser: it takes about two seconds, and far more on a machine that runs other tests."""


def document_of(app: FastAPI, path: str, profile: Path, wait: Waiter) -> str:
    """Serve the application and return the document at ``path`` as the browser has it after five virtual seconds.

    The scripts of the page must not open another one: the browser would wait for ever.
    """
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        pytest.skip(f"no Chromium on this machine (searched for {', '.join(BROWSERS)})")
    with _served(app, wait) as address:
        options = [f"--user-data-dir={profile}", "--virtual-time-budget=5000", "--dump-dom", address + path]
        command = [browser, *QUIET, *options]
        return subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=True).stdout


def add_clicking_page(app: FastAPI, script: str, page: str | None = None) -> str:
    """Add a page to the application, by default the dashboard, with one more script, and return its path."""
    page = page or app.state.templates.get_template("dashboard.html").render(advice=ADVICE, silence=SILENCE)
    clicking = page.replace("</head>", '<script type="module" src="/clicker.js"></script></head>')
    app.add_api_route("/clicked", lambda: HTMLResponse(clicking))
    app.add_api_route("/clicker.js", lambda: Response(script, media_type="text/javascript"))
    return "/clicked"


@contextmanager
def _served(app: FastAPI, wait: Waiter) -> Iterator[str]:
    """Serve the application on a free port while the block runs, and yield its address."""
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off"))
    with listen("127.0.0.1", 0) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            wait(lambda: server.started, seconds=SECONDS)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
