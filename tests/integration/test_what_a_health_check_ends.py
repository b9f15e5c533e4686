"""The health check of a worker's container counts silence alone; the real server has what the check reads."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from copytaster.bootstrap.store import redis_store
from copytaster.clock import SystemClock
from copytaster.monitoring.stalls import STALL
from copytaster.store.ports.presence import Heartbeat, Part
from tests.factories import a_delivery
from tests.layouts import WINDOW

if TYPE_CHECKING:
    from tests.conftest import RealServer


def check(server: RealServer, folder: Path, *options: str) -> tuple[int, str, list[str]]:
    """Return exit status and words of the check, and the files in which it counts."""
    done = subprocess.run(
        [sys.executable, "-m", "copytaster.bootstrap.health_check", "worker", *(options or ("--end-after", "3"))],
        env={**os.environ, "COPYTASTER_REDIS_URL": server.address, "TMPDIR": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout.strip(), [each.read_text() for each in folder.iterdir() if each.is_file()]


def test_silence_is_counted_and_a_living_worker_that_finishes_nothing_is_unhealthy_without_being_counted(
    server: RealServer, tmp_path: Path
) -> None:
    clock, host = SystemClock(), socket.gethostname()
    (tmp_path / "none").mkdir()

    def beat(silent_for: timedelta) -> None:
        store.presence.beat(
            Heartbeat(
                part=Part.WORKER,
                name=f"worker@{host}:1",
                host=host,
                pid=1,
                started_at=clock.now() - 2 * STALL,
                beat_at=clock.now() - silent_for,
            )
        )

    with server.client() as client:
        store = redis_store(client, clock=clock, window=WINDOW)
        beat(timedelta(0))
        healthy = check(server, tmp_path)
        beat(STALL)
        silent, not_alive = check(server, tmp_path), check(server, tmp_path / "none", "--alive")
        store.ledger.register(a_delivery(), due_in=-STALL - timedelta(seconds=1), by="watcher@one:1")
        beat(timedelta(0))
        stalled, alive = check(server, tmp_path), check(server, tmp_path / "none", "--alive")

    assert healthy == (0, "healthy", ["0"])
    assert (silent[0], silent[2]) == (1, ["1"])
    assert "has sent a heartbeat" in silent[1]
    assert (stalled[0], stalled[2]) == (1, ["0"])
    assert "have waited for ingest" in stalled[1]
    assert (not_alive[:2], alive[:2]) == ((1, silent[1]), (0, stalled[1]))
