"""The figures of a worker count what all its processes have done, also those that have ended."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import urlopen

from prometheus_client.parser import text_string_to_metric_families

from copytaster.bootstrap.intake import open_deposit
from copytaster.clock import SystemClock
from copytaster.model.disposition import Disposition
from copytaster.model.work import Work
from copytaster.store.ports.presence import Part
from copytaster_broker.publisher import open_publisher

if TYPE_CHECKING:
    from tests.conftest import Waiter
    from tests.integration.conftest import Story, Tree

SECONDS = 40.0

TREE_SETTINGS = {"CONCURRENCY": "1"}


class Scraped:
    """The samples of one scrape, by name and labels."""

    def __init__(self, port: int) -> None:
        with urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            text = answer.read().decode()
        families = text_string_to_metric_families(text)
        self._values = {(each.name, *each.labels.values()): each.value for some in families for each in some.samples}

    def __getitem__(self, name: str) -> float:
        """Return the sum over all labels."""
        return sum(value for (found, *_), value in self._values.items() if found == f"copytaster_{name}")

    def of(self, name: str, *labels: str) -> float:
        return self._values.get((f"copytaster_{name}", *labels), 0.0)


def children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_a_child_that_replaces_another_continues_its_figures_in_the_same_files(
    tree: Tree, own_port: int, wait: Waiter, story: Story
) -> None:
    tree.environ["COPYTASTER_METRICS_PORT"] = str(own_port)
    deposit = open_deposit(tree.settings, tree.store, open_publisher(tree.settings), clock=SystemClock())

    def deliver(name: str) -> None:
        deposit.copy_in(tree.outside(name, story(name)), path=f"wire/{name}", by="test")
        assert tree.end_of(name).disposition is Disposition.STORED
        wait(lambda: not tree.store.ledger.waiting(Work.TAG), seconds=SECONDS)

    def files() -> set[str]:
        return {each.name for each in tree.folder.glob("copytaster-worker*/*.db")}

    tree.start(Part.WORKER)
    deliver("one.txt")
    before, pool = Scraped(own_port), children(tree.running[Part.WORKER].pid)
    names = files()
    for each in pool:
        os.kill(each, signal.SIGKILL)
    wait(lambda: not {*pool} & {*children(tree.running[Part.WORKER].pid)}, seconds=SECONDS)
    deliver("two.txt")
    after = Scraped(own_port)

    for figure in ("deliveries_settled_total", "items_read_total", "latency_seconds_count", "attempts_total"):
        assert (figure, after[figure]) == (figure, 2 * before[figure])
    assert before.of("latency_seconds_count", "settled") == before.of("latency_seconds_count", "tagged") == 1
    assert after.of("message_wait_seconds_count", "ingest") == after.of("task_seconds_count", "ingest") == 2
    assert names
    assert files() - names <= {"counter_main.db"}
