"""One browser for the tests of a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.pages import started_browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Give a browser; skip the test if the machine has none."""
    with started_browser() as browser:
        yield browser
