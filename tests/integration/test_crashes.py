"""``kill -9`` in the middle of a stream: every file still gets one disposition, nothing is lost or doubled."""

from __future__ import annotations

import hashlib
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from copytaster.bootstrap.archive import open_archive
from copytaster.model.disposition import Disposition
from copytaster.model.work import Work
from copytaster.store.ports.presence import Part

if TYPE_CHECKING:
    from tests.conftest import RealServer, Waiter
    from tests.integration.conftest import Story, Tree

FILES = 60

FIRST = 40
"""Files dropped before the fault; the others come while the part is away."""

IN_THE_MIDDLE = 5
"""Deliveries that have ended when the fault comes."""

SECONDS = 60.0


class Stream:
    """Sixty distinct stories, dropped in two goes, after those of other tests."""

    def __init__(self, tree: Tree, story: Story, name: str) -> None:
        self._tree = tree
        self._before = tree.store.ledger.balance()
        self._articles_before = tree.store.articles.count()
        self._stories = {f"{name}-{number}.txt": story(f"{name} {number}") for number in range(FILES)}

    def drop_first(self) -> None:
        self._drop(list(self._stories)[:FIRST])

    def drop_rest(self) -> None:
        self._drop(list(self._stories)[FIRST:])

    def has_ended(self, files: int) -> bool:
        return self._tree.ended() - sum(self._before.dispositions.values()) >= files

    def is_through(self) -> bool:
        store = self._tree.store
        return store.ledger.balance().seen - self._before.seen == FILES and not any(
            store.ledger.waiting(work) for work in Work
        )

    def assert_each_is_stored_once(self) -> None:
        balance = self._tree.store.ledger.balance()
        assert balance.closed
        assert (balance.seen - self._before.seen, balance.in_flight) == (FILES, 0)
        stored_before = self._before.dispositions.get(Disposition.STORED, 0)
        assert balance.dispositions[Disposition.STORED] - stored_before == FILES
        found = {name: self._tree.deliveries(name) for name in self._stories}
        assert {len(deliveries) for deliveries in found.values()} == {1}
        articles = [self._tree.article_of(each) for (each,) in found.values()]
        assert [each.title for each in articles] == [text.split("\n")[0] for text in self._stories.values()]
        count = self._tree.store.articles.count() - self._articles_before
        assert count == len({each.id for each in articles}) == FILES
        assert all(each.tagged for each in articles)

    def assert_each_original_is_archived(self) -> None:
        archive = open_archive(self._tree.settings)
        for content in map(str.encode, self._stories.values()):
            assert archive.get(hashlib.sha256(content).hexdigest()) == content

    def _drop(self, names: list[str]) -> None:
        for name in names:
            self._tree.drop(name, self._stories[name])


def children(pid: int) -> set[int]:
    """Return the ids of a process's children, as Linux lists them."""
    return {int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}


@pytest.fixture
def stream(running: Tree, story: Story, wait: Waiter, request: pytest.FixtureRequest) -> Stream:
    """Give a stream that runs: some of its files have ended, some are at work, some have not been seen."""
    stream = Stream(running, story, request.node.name)
    stream.drop_first()
    wait(lambda: stream.has_ended(IN_THE_MIDDLE), seconds=SECONDS)
    return stream


def test_a_killed_worker_loses_and_doubles_nothing(running: Tree, stream: Stream, wait: Waiter) -> None:
    running.kill(Part.WORKER)
    stream.drop_rest()
    running.start(Part.WORKER)
    wait(stream.is_through, seconds=SECONDS)

    stream.assert_each_is_stored_once()


def test_killed_children_of_a_worker_lose_and_double_nothing_and_are_replaced(
    running: Tree, stream: Stream, wait: Waiter
) -> None:
    worker = running.running[Part.WORKER]
    before = children(worker.pid)

    for child in before:
        os.kill(child, signal.SIGKILL)
    stream.drop_rest()
    wait(stream.is_through, seconds=SECONDS)
    wait(lambda: len(children(worker.pid) - before) == running.settings.concurrency, seconds=SECONDS)

    stream.assert_each_is_stored_once()
    assert len(before) == running.settings.concurrency
    assert worker.poll() is None


def test_a_killed_watcher_loses_and_doubles_nothing(running: Tree, stream: Stream, wait: Waiter) -> None:
    running.kill(Part.WATCHER)
    stream.drop_rest()
    running.start(Part.WATCHER)
    wait(stream.is_through, seconds=SECONDS)

    stream.assert_each_is_stored_once()
    stream.assert_each_original_is_archived()
    assert not [each for each in running.inbox_files() if each.suffix == ".txt"]


def test_a_killed_server_loses_and_doubles_nothing_and_ends_nobody(
    running: Tree, module_server: RealServer, stream: Stream, wait: Waiter
) -> None:
    module_server.kill()
    stream.drop_rest()
    module_server.start()
    wait(stream.is_through, seconds=SECONDS)

    stream.assert_each_is_stored_once()
    stream.assert_each_original_is_archived()
    assert [process.poll() for process in running.running.values()] == [None, None]


def test_a_worker_that_is_asked_to_end_ends_in_good_order(running: Tree, stream: Stream, wait: Waiter) -> None:
    worker = running.running[Part.WORKER]

    worker.send_signal(signal.SIGTERM)
    status = worker.wait(SECONDS)

    assert status == 0
    assert running.heartbeat(Part.WORKER) is None

    stream.drop_rest()
    running.start(Part.WORKER)
    wait(stream.is_through, seconds=SECONDS)

    stream.assert_each_is_stored_once()


def test_a_watcher_that_is_asked_to_end_leaves_no_claim(running: Tree, stream: Stream, wait: Waiter) -> None:
    watcher = running.running[Part.WATCHER]

    watcher.send_signal(signal.SIGTERM)
    status = watcher.wait(SECONDS)

    assert status == 0
    assert running.heartbeat(Part.WATCHER) is None
    assert list((running.settings.inbox / ".claims").iterdir()) == []

    stream.drop_rest()
    running.start(Part.WATCHER)
    wait(stream.is_through, seconds=SECONDS)

    stream.assert_each_is_stored_once()
