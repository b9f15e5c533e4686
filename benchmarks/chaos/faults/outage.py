"""The archive's disk is not mounted for a while."""

from __future__ import annotations

import signal
from datetime import UTC, datetime

from benchmarks.chaos.fault import Fault
from benchmarks.chaos.scene import Scene
from benchmarks.chaos.tree import wait_until
from copytaster.model.work import EmptyQueues
from copytaster.monitoring.status import read_status

INTAKE_SECONDS = 120.0
"""Timeout for the intake of half of the files: a thousand take some ten seconds."""

REPORT_SECONDS = 60.0
"""Timeout for the first delivery that waits: the intake of a few files and one attempt take seconds."""


def _play(scene: Scene) -> None:
    """Stop the worker, so that deliveries are in flight; take the archive away; let the worker continue."""
    tree = scene.tree
    tree.signal_all("worker", signal.SIGSTOP)
    scene.drop_half()
    # All of them: an intake that still runs may make its folder in the empty place of the archive.
    wait_until(lambda: tree.store.ledger.balance().in_flight >= scene.dropped, seconds=INTAKE_SECONDS)
    archive = tree.settings.data / "archive"
    away = archive.with_name("archive-away")
    with scene.fault():
        archive.rename(away)
        archive.mkdir()
        tree.signal_all("worker", signal.SIGCONT)
        scene.drop_rest()
        wait_until(lambda: bool(tree.store.ledger.outages()), seconds=REPORT_SECONDS)
        scene.last()
        status = read_status(tree.store, EmptyQueues(), now=datetime.now(UTC))
        scene.notes += [each.message for each in status.problems if each.code.startswith("outage_")]
        archive.rmdir()
        away.rename(archive)


FAULT = Fault(
    name="outage",
    sentence="the archive's disk is not mounted for some seconds (--seconds 600: ten minutes)",
    play=_play,
)
