"""The API's pages in a real browser, Debian's Chromium, which Playwright drives."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, expect, sync_playwright

from copytaster_api.__main__ import listen

if TYPE_CHECKING:
    from tests.conftest import Waiter

BROWSERS = ("chromium", "chromium-browser", "google-chrome")

SECONDS = 120.0
"""Time limit for what a page does: it takes a second or two, and far more on a machine that runs other tests."""


@contextmanager
def started_browser() -> Iterator[Browser]:
    """Start a browser, or skip the test if the machine has none.

    While it runs, the thread has a running event loop: a test must not start another one.
    """
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.skip(f"no Chromium on this machine (searched for {', '.join(BROWSERS)})")
    expect.set_options(timeout=SECONDS * 1000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"], timeout=SECONDS * 1000)
        yield browser
        browser.close()


@contextmanager
def opened(browser: Browser, app: FastAPI, wait: Waiter, path: str = "/", **context: object) -> Iterator[Page]:
    """Serve the application, and yield a page at ``path``; errors of its scripts fail the test.

    ``context`` are Playwright's options: the size of the screen, the time zone, the colour scheme.
    """
    errors: list[str] = []
    with served(app, wait) as address:
        options = {"locale": "en-GB", "timezone_id": "Europe/Berlin", "base_url": address} | context
        tab = browser.new_context(**options)  # type: ignore[arg-type]  # a dictionary has no types of its own
        tab.set_default_timeout(SECONDS * 1000)
        page = tab.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text) if "Content Security Policy" in said.text else None)
        try:
            page.goto(path)
            yield page
        finally:
            tab.close()  # the server would wait for the stream of an open page
    assert errors == []


@contextmanager
def served(app: FastAPI, wait: Waiter) -> Iterator[str]:
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
