"""A worker whose loop stands still is unhealthy, though its process exists and its children could answer."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from copytaster.monitoring.health import find_fault
from copytaster.monitoring.status import SILENCE, read_status
from copytaster.store.ports.presence import Part
from copytaster_broker.queues import open_queues

if TYPE_CHECKING:
    from tests.conftest import Waiter
    from tests.integration.conftest import Tree

BEAT = timedelta(seconds=5)
"""How often parts give a sign of life."""

SECONDS = 30.0


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
