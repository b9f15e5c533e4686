"""A running watcher takes renamed files before the settle time has passed, and others after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copytaster.store.ports.presence import Part

if TYPE_CHECKING:
    from tests.conftest import Waiter
    from tests.integration.conftest import Tree

TREE_SETTINGS = {"SETTLE_SECONDS": "300"}
"""Longer than the test: what is taken was taken early."""

PAGE = "<!doctype html><html><body><p>The bakery opens at five.</p></body></html>"
TEXT = "The bakery opens at five.\n"


def test_renamed_files_and_written_pages_are_taken_before_the_settle_time_and_written_texts_are_not(
    tree: Tree, wait: Waiter
) -> None:
    folder = tree.settings.inbox / "wire"
    folder.mkdir(parents=True)
    tree.start(Part.WATCHER)
    wait(lambda: (beat := tree.heartbeat(Part.WATCHER)) and beat.details["watch"] == "events", seconds=30)

    (folder / "written.txt").write_text(TEXT)
    (folder / "written.html").write_text(PAGE)
    tree.drop("wire/renamed.txt", TEXT + TEXT)
    tree.drop("wire/renamed.html", PAGE + "\n")
    tree.drop("wire/half.xml", "<?xml version='1.0'?><nitf><body><p>The bakery")

    for name in ("renamed.txt", "renamed.html", "written.html"):
        wait(lambda name=name: tree.deliveries(name), seconds=30)  # type: ignore[misc]  # a lambda with a default
    assert {each.name for each in folder.iterdir()} == {"written.txt", "half.xml"}
