"""A worker whose loop stands still is unhealthy, though its process exists and its children could answer."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from copytaster.monitoring.health import find_fault
from copytaster.monitoring.status import SILENCE, read_status
from copytaster.store.ports.presence import Part
from copytaster_broker.queues import open_queues

if TYPE_CHECKING:
    from tests.conftest import RealServer, Waiter
    from tests.integration.conftest import Story, Tree

BEAT = timedelta(seconds=5)
"""How often parts give a sign of life."""

SECONDS = 30.0

HEALED_SECONDS = 120.0
"""A minute is the goal; a busy machine is slower."""

HANGING = Path(__file__).with_name("hanging_worker.py")


def health(tree: Tree, part: Part) -> tuple[int, str]:
    """Return exit status and words of the check that a container runs."""
    done = subprocess.run(
        [sys.executable, "-m", "copytaster.bootstrap.health_check", part.value],
        env=tree.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout.strip()


def beat_at(tree: Tree, part: Part) -> datetime:
    beat = tree.heartbeat(part)
    assert beat
    return beat.beat_at


def test_a_part_that_runs_is_healthy_and_one_that_does_not_is_missed(module_tree: Tree) -> None:
    module_tree.start_missing(Part.WORKER)

    assert health(module_tree, Part.WORKER) == (0, "healthy")
    status, words = health(module_tree, Part.WATCHER)
    assert status == 1
    assert words.startswith("no watcher on ")


def test_a_killed_worker_is_missed_and_its_successor_is_welcome(running: Tree) -> None:
    last = beat_at(running, Part.WORKER)

    running.kill(Part.WORKER)
    missed = read_status(running.store, open_queues(running.settings), now=last + SILENCE + timedelta(seconds=1))
    running.start(Part.WORKER)
    back = read_status(running.store, open_queues(running.settings), now=datetime.now(UTC))

    assert not missed.ready
    assert "no_worker" in {each.code for each in missed.problems}
    assert back.ready


def test_a_worker_that_stands_still_gives_no_sign_of_life_until_it_goes_on(running: Tree, wait: Waiter) -> None:
    process = running.running[Part.WORKER]

    os.kill(process.pid, signal.SIGSTOP)
    last = beat_at(running, Part.WORKER)
    wait(lambda: datetime.now(UTC) > last + BEAT + timedelta(seconds=2), seconds=SECONDS)
    still = beat_at(running, Part.WORKER)
    later = last + SILENCE + timedelta(seconds=1)
    wrong = find_fault(running.store, Part.WORKER, host=socket.gethostname(), now=later)
    os.kill(process.pid, signal.SIGCONT)
    wait(lambda: beat_at(running, Part.WORKER) > last, seconds=SECONDS)

    assert process.poll() is None
    assert still == last
    assert wrong
    assert "has sent a heartbeat for 20 s" in wrong
    assert health(running, Part.WORKER) == (0, "healthy")


def test_a_consumer_that_fetches_nothing_ends_its_worker_and_the_next_one_does_the_work(
    module_tree: Tree, module_server: RealServer, wait: Waiter, story: Story
) -> None:
    module_tree.start_missing(Part.WATCHER)
    if Part.WORKER in module_tree.running:
        module_tree.kill(Part.WORKER)
    hang = module_tree.folder / "hang"
    worker = module_tree.processes.start_part(
        "hanging", Part.WORKER, module_tree.environ, str(HANGING), str(hang), "ingest", "tag"
    )
    module_tree.running[Part.WORKER] = worker
    wait(lambda: module_tree.heartbeat(Part.WORKER), seconds=HEALED_SECONDS)

    hang.touch()
    with module_server.client() as client:
        client.client_kill_filter(_type="normal", skipme=True)
    module_tree.drop("kestrel/hung.txt", story("hung"))
    wait(lambda: worker.poll() is not None, seconds=HEALED_SECONDS)
    module_tree.start(Part.WORKER)

    assert worker.returncode == os.EX_TEMPFAIL
    assert "it has fetched nothing for 30 s" in (module_tree.folder / "hanging.log").read_text()
    assert module_tree.end_of("hung.txt").disposition


def test_work_continues_after_the_server_stopped_under_load_and_all_connections_were_cut(
    running: Tree, module_server: RealServer, wait: Waiter, story: Story
) -> None:
    names = [f"load-{number}.txt" for number in range(40)]
    worker, before = running.running[Part.WORKER], running.ended()
    for name in names:
        running.drop(f"heron/{name}", story(name, paragraphs=2))
    wait(lambda: running.ended() > before, seconds=SECONDS)

    noticed = interruptions(running)
    module_server.freeze()
    try:
        wait(lambda: interruptions(running) > noticed, seconds=SECONDS)
    finally:
        module_server.thaw()
    with module_server.client() as client:
        client.client_kill_filter(_type="normal", skipme=True)
    wait(lambda: running.ended() == before + len(names), seconds=HEALED_SECONDS)

    assert running.store.ledger.balance().closed
    assert worker.poll() is None


def interruptions(tree: Tree) -> int:
    """Return how often a thread of the watcher has noticed that the server does not answer."""
    return (tree.folder / "watcher.log").read_text(errors="replace").count(".interrupted")
