"""An original that changes on the disk: a command finds it, and the system reports it until it is repaired."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from copytaster.clock import SystemClock
from copytaster.model.work import EmptyQueues
from copytaster.monitoring.status import read_status

if TYPE_CHECKING:
    from tests.conftest import Waiter
    from tests.integration.conftest import Story, Tree

SECONDS = 60.0
"""The watcher reads the records of damage every 15 s and sends a heartbeat every 5 s; a busy machine is slower."""


def check(tree: Tree) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "copytaster_cli", "archive", "check", "--restart", "--json"]
    return subprocess.run(command, env=tree.environ, capture_output=True, text=True, check=False, timeout=SECONDS)


def is_reported(tree: Tree, sha256: str) -> bool:
    status = read_status(tree.store, EmptyQueues(), now=SystemClock().now())
    return any(each.code == "archive_damaged" and sha256 in each.message for each in status.problems)


def test_damage_is_a_problem_in_the_status_until_it_is_repaired(running: Tree, story: Story, wait: Waiter) -> None:
    running.drop("kestrel/rot.txt", story("rot"))
    sha256 = running.end_of("rot.txt").sha256
    assert sha256
    file = running.settings.data / "archive" / sha256[:2] / sha256[2:4] / f"{sha256}.bin"
    content = file.read_bytes()
    file.write_bytes(b"?" + content[1:])

    damaged = check(running)
    wait(lambda: is_reported(running, sha256), seconds=SECONDS)
    file.write_bytes(content)
    repaired = check(running)
    wait(lambda: not is_reported(running, sha256), seconds=SECONDS)

    assert (damaged.returncode, repaired.returncode) == (1, 0)
    assert sha256 in damaged.stdout
    assert sha256 not in repaired.stdout
