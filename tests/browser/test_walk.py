"""The walk of a person through a real system: by the keyboard alone, on a screen as narrow as a telephone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.pages import SECONDS
from tests.e2e.test_up_runs_the_whole_tree import START_SECONDS, Tree, running

if TYPE_CHECKING:
    from tests.conftest import Waiter

FERRY = (
    "Ferry with 214 aboard towed to Lisbon after engine fire\n\n"
    "LISBON, March 3 - A ferry with 214 people aboard was towed to Lisbon on Tuesday after a fire in its engine room,"
    " the coast guard said. Captain Maria Ferreira said nobody was hurt. The ferry had left Madeira on Monday.\n"
)
BANK = (
    "Central bank of Norway leaves its rate unchanged\n\n"
    "OSLO, March 3 - Norway's central bank left its key interest rate at 4.5 percent on Tuesday, as economists had"
    " expected. Governor Ida Bache said inflation would fall only slowly. The crown gained against the euro.\n"
)
REPORT = (
    "Museum in Berlin returns bronze figures\n\n"
    "BERLIN, March 3 - A museum in Berlin returned twelve bronze figures to Nigeria on Tuesday.\n"
)

MOST_KEYS = 150
"""Elements of a page that can have the focus, at most."""


@pytest.fixture
def tree(tmp_path: Path, own_port: int, wait: Waiter) -> Iterator[Tree]:
    """Give a running system."""
    with running(Tree(tmp_path, own_port)) as tree:
        tree.start()
        wait(tree.is_announced, seconds=SECONDS)
        yield tree


@pytest.fixture
def page(browser: Browser, tree: Tree) -> Iterator[Page]:
    """Give the overview of the system on a telephone."""
    address = f"http://127.0.0.1:{tree.environ['COPYTASTER_API_PORT']}"
    tab = browser.new_context(base_url=address, viewport={"width": 390, "height": 844}, locale="en-GB")
    tab.set_default_timeout(SECONDS * 1000)
    page = tab.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto("/")
    yield page
    tab.close()  # the API would wait for the stream of an open page
    assert errors == []


def press(page: Page, target: Locator, key: str = "Enter") -> None:
    """Move the focus to an element by the key Tab alone, and press a key there."""
    expect(target).to_be_visible()
    for _ in range(MOST_KEYS):
        if target.evaluate("(element) => element === document.activeElement"):
            page.keyboard.press(key)
            return
        page.keyboard.press("Tab")
    pytest.fail(f"the key Tab does not lead to {target}")


def arrive(page: Page, path: str) -> None:
    """Wait for a page and its scripts: before, keys do nothing."""
    page.wait_for_url(re.compile(f"{path}$"))
    page.wait_for_load_state("load")


def go(page: Page, key: str, path: str) -> None:
    """Go to a page by its keys."""
    page.keyboard.press("g")
    page.keyboard.press(key)
    arrive(page, path)


def has_room(page: Page) -> bool:
    """Return whether nothing is wider than the screen."""
    return bool(page.evaluate("document.documentElement.scrollWidth") <= 390)


def quarantine(tree: Tree, wait: Waiter) -> Path:
    """Put a file with a broken sidecar into the inbox; return the sidecar in the quarantine."""
    desk = tree.data / "inbox" / "desk"
    desk.mkdir(exist_ok=True)
    (desk / "report.txt.meta.json").write_text("{broken")
    (desk / "report.txt").write_text(REPORT)
    kept = tree.data / "quarantine" / "desk" / "report.txt.meta.json"
    wait(kept.exists, seconds=START_SECONDS)
    return kept


def upload(page: Page, texts: dict[str, str], folder: Path) -> None:
    """Choose files in the dialog of uploads, and wait until they have been received."""
    files = [folder / name for name in texts]
    for file in files:
        file.write_text(texts[file.name])
    press(page, page.get_by_role("button", name="Upload files"))
    with page.expect_file_chooser() as chooser:
        press(page, page.get_by_label("Files", exact=True))
    chooser.value.set_files(files)
    for file in files:
        expect(page.get_by_role("link", name=f"Delivery of {file.name}")).to_be_visible()
    page.keyboard.press("Escape")


def merge_the_story(page: Page, into: str) -> None:
    """Merge the story that is shown into another one."""
    press(page, page.get_by_text("Correct this story"))
    press(page, page.get_by_label("Your name"), "End")
    page.keyboard.type("Anna")
    press(page, page.get_by_label("Other story"), "End")
    page.keyboard.type(into)
    press(page, page.get_by_role("button", name="Merge this whole story"))
    expect(page.locator("#decided")).to_contain_text("Done.")


@pytest.mark.timeout(900)
def test_upload_read_merge_and_retry(tree: Tree, page: Page, wait: Waiter, tmp_path: Path) -> None:
    sidecar = quarantine(tree, wait)
    upload(page, {"ferry.txt": FERRY, "bank.txt": BANK}, tmp_path)

    # Both appear without a reload; one is read, with its names marked.
    bank = page.locator("#articles").get_by_role("link", name="Central bank of Norway")
    expect(bank).to_be_visible()
    press(page, page.locator("#articles").get_by_role("link", name="Ferry with 214 aboard"))
    arrive(page, "/articles/a.*")
    expect(page.locator("#article .text mark.place").first).to_have_text("Lisbon")
    story = page.locator("#about").get_by_role("link", name="Ferry with 214 aboard")
    expect(story).to_be_visible()
    assert has_room(page)

    # The other one's story is merged into its story.
    ferry = (story.get_attribute("href") or "").rpartition("/")[2]
    go(page, "a", "/articles")
    press(page, page.locator("#articles h2").get_by_role("link", name="Central bank of Norway"))
    arrive(page, "/articles/a.*")
    press(page, page.locator("#about").get_by_role("link", name="Central bank of Norway"))
    arrive(page, "/stories/s.*")
    merge_the_story(page, ferry)
    press(page, page.locator("#decided").get_by_role("link", name=ferry))
    arrive(page, f"/stories/{ferry}")
    expect(page.locator(".timeline")).to_contain_text("Central bank of Norway")
    assert has_room(page)

    # The failed file is mended and retried, with all others that may end otherwise.
    go(page, "q", "/quarantine")
    expect(page.locator("#files")).to_contain_text("bad_sidecar")
    assert has_room(page)
    sidecar.unlink()
    press(page, page.get_by_role("button", name="Retry all that may end otherwise"))
    expect(page.locator("#job-state")).to_have_text("1 file would be retried.")
    press(page, page.get_by_role("button", name="Retry 1 file", exact=True))
    expect(page.locator("#job-state")).to_have_text("1 file retried.")
    page.keyboard.press("Escape")
    expect(page.locator("#files")).to_contain_text("Nothing needs a person")
    go(page, "o", "/")
    expect(page.locator("#articles")).to_contain_text("Museum in Berlin returns bronze figures")
    expect(page.get_by_role("heading", name="All is well")).to_be_visible()
