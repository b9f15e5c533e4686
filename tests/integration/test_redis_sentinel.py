"""A failover under load, by a crash and by a partition: every file gets one disposition, nothing is lost or doubled.

The servers are three, each with a Sentinel; the Sentinels choose the new primary server. In the partition the first
machine, with the primary server, a Sentinel and a watcher, is separated from all others.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

from copytaster.store.ports.presence import Part
from tests.integration.conftest import Tree
from tests.integration.failover_load import IN_THE_MIDDLE, RECOVERY_SECONDS, Load
from tests.redis_sentinel import Link, SentinelSet, can_make_namespaces, linked_namespace, started_sentinels

if TYPE_CHECKING:
    from tests.conftest import Waiter
    from tests.integration.conftest import Story, WarmParts

SLOWEST_RATE = 2.0
"""Files in a second that one worker processes at least, on a machine with other work."""

THOUSAND = pytest.param(1_000, marks=(pytest.mark.topology, pytest.mark.timeout(900)))
AMOUNTS = [pytest.param(100), THOUSAND]

REFUSED = """
import sys, time, redis
client, end = redis.Redis(sys.argv[1], int(sys.argv[2])), time.monotonic() + 20
while time.monotonic() < end:
    try:
        client.set("probe", 1)
    except redis.ResponseError as error:
        sys.exit(0 if "NOREPLICAS" in f"{error.status_code} {error}" else 1)
sys.exit(2)
"""
"""A program that ends with 0 once the server refuses writes because it has no replica any more."""


class Start(Protocol):
    """The type of the fixture ``start``."""

    def __call__(self, servers: SentinelSet, files: int) -> tuple[Tree, Load]: ...


@pytest.fixture
def link() -> Iterator[Link]:
    """Give a link to another network namespace, in which the first machine is."""
    if not can_make_namespaces():
        pytest.skip("a partition needs a network namespace, which needs root and the program ip")
    with linked_namespace() as link:
        yield link


@pytest.fixture
def start(
    tmp_path: Path, wait: Waiter, warm: WarmParts, story: Story, request: pytest.FixtureRequest
) -> Iterator[Start]:
    """Give what starts a watcher and a worker on servers, with files for them; they end with the test."""
    trees: list[Tree] = []

    def started(servers: SentinelSet, files: int) -> tuple[Tree, Load]:
        tree = Tree(tmp_path, servers, wait, {}, warm=warm)
        trees.append(tree)
        tree.start(Part.WATCHER, Part.WORKER)
        return tree, Load(tree, story, files)

    failed_before = request.session.testsfailed
    try:
        yield started
    finally:
        for each in trees:
            each.processes.kill_all()
            if request.session.testsfailed > failed_before:
                each.processes.show_logs()


def settled_again(load: Load, wait: Waiter) -> float:
    """Wait until more deliveries have ended than shortly after the fault; return the seconds that it took."""
    began = time.monotonic()
    wait(lambda: load.ended() is not None, seconds=RECOVERY_SECONDS)  # the answer comes from the new primary server
    known = load.ended() or 0
    wait(lambda: (load.ended() or 0) > known, seconds=RECOVERY_SECONDS)
    seconds = time.monotonic() - began
    sys.stdout.write(f"{seconds:.1f} s from the fault until files were processed again\n")
    return seconds


@pytest.mark.parametrize("files", AMOUNTS)
def test_a_crash_of_the_primary_server_loses_and_doubles_nothing(
    files: int, tmp_path: Path, start: Start, wait: Waiter
) -> None:
    with started_sentinels(tmp_path) as servers:
        _, load = start(servers, files)
        load.drop_first()
        wait(lambda: (load.ended() or 0) >= IN_THE_MIDDLE, seconds=RECOVERY_SECONDS)

        servers.kill_server(0)
        load.drop_rest()
        seconds = settled_again(load, wait)
        assert servers.primary() != 0
        servers.start_server(0)
        wait(lambda: servers.role(0) == "slave", seconds=RECOVERY_SECONDS)
        wait(load.is_through, seconds=RECOVERY_SECONDS + files / SLOWEST_RATE)

        load.assert_each_is_stored_once()
        assert seconds < RECOVERY_SECONDS


@pytest.mark.topology
@pytest.mark.parametrize("files", AMOUNTS)
def test_a_partition_of_the_primary_server_with_a_sentinel_and_a_watcher_loses_and_doubles_nothing(
    files: int, link: Link, tmp_path: Path, start: Start, wait: Waiter
) -> None:
    with started_sentinels(tmp_path, link=link) as servers:
        tree, load = start(servers, files)
        there = tree.processes.start(
            "watcher-there", on_the_first_machine(link, "-m", "copytaster_watcher"), tree.environ
        )
        wait(lambda: there.pid in {each.pid for each in tree.store.presence.present()}, seconds=RECOVERY_SECONDS)
        load.drop_first()
        wait(lambda: (load.ended() or 0) >= IN_THE_MIDDLE, seconds=RECOVERY_SECONDS)

        link.cut()
        host, port = servers.servers[0]
        refused = tree.processes.start(
            "probe", on_the_first_machine(link, "-c", REFUSED, host, str(port)), tree.environ
        )
        load.drop_rest()
        seconds = settled_again(load, wait)
        assert servers.primary() != 0
        assert refused.wait() == 0
        link.mend()
        wait(lambda: servers.role(0) == "slave", seconds=RECOVERY_SECONDS)
        wait(load.is_through, seconds=RECOVERY_SECONDS + files / SLOWEST_RATE)

        load.assert_each_is_stored_once()
        assert seconds < RECOVERY_SECONDS


def on_the_first_machine(link: Link, *arguments: str) -> list[str]:
    """Return the arguments of a Python that turns into another one on the first machine."""
    return ["-c", f"import os; os.execvp('ip', {[*link.command, sys.executable, *arguments]!r})"]
