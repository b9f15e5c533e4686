"""Files that stay where they are: an inbox that is mounted read-only, and one whose owner wants to keep its files."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from copytaster.model.delivery import Delivery
from copytaster.model.disposition import Disposition
from copytaster.monitoring.status import find_notices
from copytaster.settings import InboxMode
from copytaster.store.ports.ledger import DeliveryQuery
from copytaster.store.ports.presence import Part

if TYPE_CHECKING:
    from tests.conftest import RealServer, Waiter
    from tests.integration.conftest import Story, Tree

FILES = 300

SECONDS = 90.0

READ_ONLY = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && shift && exec "$@"'
"""Uses a separate mount namespace, so that only the test can write to the inbox."""

BECOME = "import os, sys; os.execvp(sys.argv[1], sys.argv[1:])"
"""Runs another program as the process that was started."""

WATCHER = [sys.executable, "-m", "copytaster_watcher"]


@pytest.fixture
def namespace(tree: Tree) -> list[str]:
    """Give the command under which the inbox is read-only, even to root; skip where that may not be done."""
    inbox = str(tree.settings.inbox)
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("no unshare: a read-only mount cannot be made")
    command = [unshare, "--mount", "sh", "-c", READ_ONLY, "sh", inbox]
    tried = subprocess.run([*command, "touch", f"{inbox}/probe"], capture_output=True, check=False, text=True)
    if "Read-only" not in tried.stderr:
        pytest.skip(f"a read-only mount cannot be made here: {tried.stderr.strip() or 'it was written to'}")
    return command


def start_another(tree: Tree, name: str) -> None:
    """Start a watcher in addition to the tree's watcher."""
    tree.processes.start_part(name, Part.WATCHER, tree.environ)


def all_deliveries(tree: Tree) -> list[Delivery]:
    assert tree.store.ledger.balance().closed
    return tree.store.ledger.find(DeliveryQuery(limit=10_000))


def seen(tree: Tree, count: int) -> bool:
    return tree.store.ledger.balance().seen >= count


def watchers(tree: Tree) -> int:
    return sum(each.part is Part.WATCHER for each in tree.store.presence.present())


def test_files_of_a_read_only_inbox_become_articles_and_stay(
    tree: Tree, story: Story, namespace: list[str], wait: Waiter
) -> None:
    tree.running[Part.WATCHER] = tree.processes.start("watcher", ["-c", BECOME, *namespace, *WATCHER], tree.environ)
    tree.start(Part.WORKER)
    wait(lambda: tree.heartbeat(Part.WATCHER), seconds=SECONDS)
    tree.drop("kestrel/ferry.txt", story("ferry"))
    tree.drop("kestrel/binary.txt", b"\x00\x01\x02\x03" * 64)
    tree.drop("kestrel/empty.txt", b"")

    ends = [tree.end_of(name).disposition for name in ("ferry.txt", "binary.txt", "empty.txt")]
    tree.drop("kestrel/ferry.txt", story("ferry, continued"))
    wait(lambda: len(tree.deliveries("ferry.txt")) == 2, seconds=SECONDS)

    beats = tree.store.presence.present()
    (notice,) = find_notices(beats, now=max(each.beat_at for each in beats))
    assert ends == [Disposition.STORED, Disposition.REJECTED, Disposition.REJECTED]
    assert sorted(each.name for each in tree.settings.inbox.rglob("*")) == sorted(
        ["kestrel", "ferry.txt", "binary.txt", "empty.txt"]
    )
    assert (tree.settings.quarantine / "kestrel" / "empty.txt").exists()
    assert "files are left in place: the inbox is read-only" in notice.message


@pytest.mark.parametrize("mode", [InboxMode.MOVE, InboxMode.KEEP])
def test_two_watchers_on_one_inbox_take_no_file_twice(tree: Tree, story: Story, mode: InboxMode, wait: Waiter) -> None:
    tree.environ["COPYTASTER_INBOX_MODE"] = mode.value
    tree.start(Part.WATCHER)
    start_another(tree, "second")
    wait(lambda: watchers(tree) == 2, seconds=SECONDS)

    for number in range(FILES):
        tree.drop(f"wire/{number}.txt", story(f"story {number}", paragraphs=1))
    wait(lambda: seen(tree, FILES), seconds=SECONDS)
    tree.drop("last.txt", story("last"))
    wait(lambda: tree.deliveries("last.txt"), seconds=SECONDS)

    paths = [each.path for each in all_deliveries(tree)]
    assert len(paths) == len(set(paths)) == FILES + 1
    left = [each for each in tree.inbox_files() if each.suffix == ".txt" and ".claims" not in each.parts]
    assert len(left) == (FILES + 1 if mode is InboxMode.KEEP else 0)


def test_a_killed_watchers_files_are_taken_over_and_none_comes_twice(tree: Tree, story: Story, wait: Waiter) -> None:
    tree.environ["COPYTASTER_INBOX_MODE"] = "keep"
    for number in range(FILES):
        tree.drop(f"wire/{number}.txt", story(f"story {number}", paragraphs=1))
    tree.start(Part.WATCHER)
    wait(lambda: seen(tree, 5), seconds=SECONDS)
    tree.kill(Part.WATCHER)
    tree.start(Part.WATCHER)

    wait(lambda: seen(tree, FILES), seconds=SECONDS)
    tree.drop("last.txt", story("last"))
    wait(lambda: tree.deliveries("last.txt"), seconds=SECONDS)

    paths = [each.path for each in all_deliveries(tree)]
    assert len(paths) == len(set(paths)) == FILES + 1


def test_an_emptied_server_brings_no_file_twice(tree: Tree, own_server: RealServer, story: Story, wait: Waiter) -> None:
    tree.environ["COPYTASTER_INBOX_MODE"] = "keep"
    tree.start(Part.WATCHER, Part.WORKER)
    for number in range(20):
        tree.drop(f"wire/{number}.txt", story(f"story {number}"))
    wait(lambda: tree.ended() == 20, seconds=SECONDS)
    before = {each.id for each in all_deliveries(tree)}
    tree.kill(Part.WATCHER)
    with own_server.client() as client:
        client.flushall()
    tree.drop("last.txt", story("last"))

    tree.start(Part.WATCHER)
    wait(lambda: tree.ended() == 21, seconds=SECONDS)
    tree.drop("very-last.txt", story("very last"))
    wait(lambda: tree.deliveries("very-last.txt"), seconds=SECONDS)

    after = all_deliveries(tree)
    assert before < {each.id for each in after}
    assert len(after) == len({each.path for each in after}) == 22
