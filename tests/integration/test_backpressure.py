"""Servers and inboxes under pressure: files wait where they are, and what was taken in ends all the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from copytaster.clock import SystemClock
from copytaster.model.disposition import Disposition
from copytaster.model.work import Work
from copytaster.monitoring.status import Status, read_status
from copytaster.store.ports.presence import Part
from copytaster_broker.queues import open_queues

if TYPE_CHECKING:
    import redis

    from tests.conftest import RealServer, Waiter
    from tests.integration.conftest import Story, Tree

FILES = 60

IN_THE_MIDDLE = 5
"""Deliveries that have ended when the server is full."""

SECONDS = 90.0

TREE_SETTINGS = {"QUEUE_LIMIT": "20", "BATCH_SIZE": "5"}


def status_of(tree: Tree) -> Status:
    return read_status(tree.store, open_queues(tree.settings), now=SystemClock().now())


def is_paused(tree: Tree) -> bool:
    return [each.code for each in status_of(tree).notices] == ["intake_paused"]


def is_through(tree: Tree, files: int) -> bool:
    return tree.store.ledger.balance().seen == files and not any(tree.store.ledger.waiting(work) for work in Work)


def assert_each_is_stored_once(tree: Tree, files: int) -> None:
    balance = tree.store.ledger.balance()
    assert balance.closed
    assert (balance.seen, balance.in_flight, balance.dispositions[Disposition.STORED]) == (files, 0, files)
    assert tree.store.articles.count() == files


def drop_stories(tree: Tree, story: Story, *, first: int, count: int) -> None:
    for number in range(first, first + count):
        tree.drop(f"wire/story-{number}.txt", story(f"story {number}", paragraphs=2))  # short ones are tagged quickly


def backlog(tree: Tree) -> int:
    watcher = tree.heartbeat(Part.WATCHER)
    return int(watcher.details["backlog"] or 0) if watcher else 0


def in_inbox(tree: Tree) -> int:
    return len(list((tree.settings.inbox / "wire").iterdir()))


@pytest.fixture
def admin(own_server: RealServer) -> Iterator[redis.Redis]:
    with own_server.client() as client:
        yield client


def test_with_no_worker_the_intake_pauses_and_goes_on_when_there_is_one(tree: Tree, story: Story, wait: Waiter) -> None:
    tree.start(Part.WATCHER)
    drop_stories(tree, story, first=0, count=FILES // 2)
    wait(lambda: is_paused(tree), seconds=SECONDS)
    notice, taken = status_of(tree).notices[0].message, tree.store.ledger.balance().seen
    drop_stories(tree, story, first=FILES // 2, count=FILES // 2)
    wait(lambda: backlog(tree) >= FILES // 2, seconds=SECONDS)
    left = in_inbox(tree)
    tree.start(Part.WORKER)
    wait(lambda: is_through(tree, FILES), seconds=SECONDS)
    wait(lambda: not is_paused(tree), seconds=SECONDS)

    assert f"{taken} deliveries are in flight; the limit is 20, the intake resumes at 16" in notice
    assert left + taken == FILES
    assert_each_is_stored_once(tree, FILES)


def fill(admin: redis.Redis) -> None:
    """Leave the server less memory than it uses, as it would be once it has grown to its limit."""
    admin.config_set("maxmemory", admin.info("memory")["used_memory"] // 2)


def test_a_server_at_its_memory_limit_costs_time_and_nothing_else(
    tree: Tree, story: Story, admin: redis.Redis, wait: Waiter
) -> None:
    tree.start(Part.WATCHER, Part.WORKER)
    drop_stories(tree, story, first=0, count=FILES // 2)
    wait(lambda: tree.ended() >= IN_THE_MIDDLE, seconds=SECONDS)
    fill(admin)
    drop_stories(tree, story, first=FILES // 2, count=FILES // 2)
    wait(lambda: refused_writes(admin) and "intake.paused" in watcher_log(tree), seconds=SECONDS)
    before = tree.ended()
    admin.config_set("maxmemory", 0)
    tree.start(Part.WORKER)  # Celery gives up at such an error; whoever supervises it starts it again
    wait(lambda: is_through(tree, FILES), seconds=SECONDS)

    assert before < FILES
    assert "'memory'" in watcher_log(tree)
    assert tree.running[Part.WATCHER].poll() is None
    assert_each_is_stored_once(tree, FILES)


def watcher_log(tree: Tree) -> str:
    return (tree.folder / "watcher.log").read_text()


def refused_writes(admin: redis.Redis) -> int:
    return int(admin.info("errorstats").get("errorstat_OOM", {}).get("count", 0))


def test_two_watchers_on_one_inbox_take_no_file_twice(tree: Tree, story: Story, wait: Waiter) -> None:
    files = 200
    tree.start(Part.WATCHER, Part.WORKER)
    second = tree.processes.start_part("second-watcher", Part.WATCHER, tree.environ)
    wait(lambda: sum(each.part is Part.WATCHER for each in tree.store.presence.present()) == 2, seconds=SECONDS)

    drop_stories(tree, story, first=0, count=files)
    wait(lambda: is_through(tree, files), seconds=SECONDS)

    assert second.poll() is None
    assert_each_is_stored_once(tree, files)
    takers = {each.name: each.details["taken"] for each in tree.store.presence.present() if each.part is Part.WATCHER}
    assert len(takers) == 2
