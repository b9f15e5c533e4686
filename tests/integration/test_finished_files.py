"""A real watcher over files that are written in place, slowly: none is ever taken half."""

from __future__ import annotations

import gzip
import io
import json
import time
import zipfile
from collections.abc import Mapping
from typing import TYPE_CHECKING

from copytaster.model.disposition import Disposition, Reason
from copytaster.store.ports.presence import Part

if TYPE_CHECKING:
    from tests.conftest import Waiter
    from tests.integration.conftest import Story, Tree

SETTLE = 0.3
INCOMPLETE = 5.0

TREE_SETTINGS = {
    "SETTLE_SECONDS": str(SETTLE),
    "SCAN_SECONDS": "0.1",
    "INCOMPLETE_SECONDS": str(INCOMPLETE),
}

CHUNKS = 20

LONG_PAUSE = 2.5 * SETTLE
"""Far longer than the settle time: only the content shows that such a file is not finished."""

SHORT_PAUSE = 1.2 * SETTLE
"""Just longer than the settle time, as hints buy five of them."""

SECONDS = 30.0


def with_an_end(story: Story) -> dict[str, bytes]:
    """Return a file of each format that has an end."""
    text = story("finished")
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("story.txt", text)
    lines = [json.dumps({"headline": f"{number} {text[:60]}", "body": text}) for number in range(7)]
    return {
        "slow.xml": f"<?xml version='1.0'?>\n<nitf><body><p>{text}</p></body></nitf>\n".encode(),
        "slow.json": json.dumps({"headline": text[:60], "body": text}, indent=1).encode(),
        "slow.jsonl": ("\n".join(lines) + "\n").encode(),
        "slow.xml.gz": gzip.compress(f"<nitf>{text}</nitf>".encode()),
        "slow.zip": zipped.getvalue(),
        "slow.pdf": b"%PDF-1.4\n" + text.encode() + b"\nstartxref\n9\n%%EOF\n",
        "slow.7901": b"\x01abc0001 4 pol 12 xyz\r\n\x02" + text.encode() + b"\x03\x04\r\n",
    }


def without_an_end(story: Story) -> dict[str, bytes]:
    """Return a file of each format that may end anywhere; the first chunk of each ends within a sentence."""
    return {
        "slow.html": f"<!doctype html><html><body><p>{story('page')}</p></body></html>\n".encode(),
        "slow.txt": story("text").encode(),
    }


def write_slowly(tree: Tree, files: Mapping[str, bytes], pause: float) -> None:
    """Append to all the files in turn, with a pause after each turn: that is the writer under test."""
    for chunk in range(CHUNKS):
        for name, content in files.items():
            with (tree.settings.inbox / name).open("ab") as file:
                file.write(content[len(content) * chunk // CHUNKS : len(content) * (chunk + 1) // CHUNKS])
        time.sleep(pause)


def all_taken_whole(tree: Tree, wait: Waiter, files: Mapping[str, bytes]) -> None:
    wait(lambda: all(tree.deliveries(name) for name in files), seconds=SECONDS)
    sizes = {name: [each.size for each in tree.deliveries(name)] for name in files}
    assert sizes == {name: [len(content)] for name, content in files.items()}


def test_a_format_with_an_end_is_never_taken_before_it_however_long_its_writer_pauses(
    tree: Tree, story: Story, wait: Waiter
) -> None:
    files = with_an_end(story)
    tree.start(Part.WATCHER)

    write_slowly(tree, files, LONG_PAUSE)

    all_taken_whole(tree, wait, files)


def test_pages_and_text_are_never_taken_half_by_pauses_just_above_the_settle_time(
    tree: Tree, story: Story, wait: Waiter
) -> None:
    files = without_an_end(story)
    tree.start(Part.WATCHER)

    write_slowly(tree, files, SHORT_PAUSE)

    all_taken_whole(tree, wait, files)


def test_a_file_that_was_given_up_comes_back_when_its_writer_goes_on(tree: Tree, story: Story, wait: Waiter) -> None:
    content = f"<?xml version='1.0'?>\n<nitf><body><p>{story('late')}</p></body></nitf>\n".encode()
    (tree.settings.inbox / "wire").mkdir()
    tree.start(Part.WATCHER)

    with (tree.settings.inbox / "wire" / "late.xml").open("ab") as writer:
        writer.write(content[:300])
        writer.flush()
        given_up = tree.end_of("late.xml")
        writer.write(content[300:])
    wait(lambda: len(tree.deliveries("late.xml")) == 2, seconds=SECONDS)

    assert (given_up.disposition, given_up.reason) == (Disposition.QUARANTINED, Reason.INCOMPLETE)
    assert "</nitf> is missing" in (given_up.message or "")
    assert tree.deliveries("late.xml")[0].size == len(content)
    wait(lambda: not list(tree.settings.quarantine.rglob("late.xml*")), seconds=SECONDS)
