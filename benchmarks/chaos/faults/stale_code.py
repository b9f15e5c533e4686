"""A watcher and a worker of an older release run beside the present ones."""

from __future__ import annotations

import signal
from datetime import UTC, datetime

from benchmarks.chaos.fault import Fault
from benchmarks.chaos.older_release import python_path, unpack_older_release, why_no_older_release
from benchmarks.chaos.scene import Scene
from benchmarks.chaos.shares import count_attempts, count_intakes
from benchmarks.chaos.tree import wait_until
from copytaster.model.work import EmptyQueues
from copytaster.monitoring.status import read_status

OLD = ("watcher-2", "worker-2")

NOTICE_SECONDS = 30.0
"""Timeout of the notice: heartbeats come every five seconds."""


def _play(scene: Scene) -> None:
    """Start the older parts in the middle, and stop each release's worker for a while.

    So each worker processes files that the watchers of both releases took in.
    """
    tree, folder = scene.tree, scene.tree.settings.data.parent / "older-release"
    folder.mkdir(exist_ok=True)
    commit = unpack_older_release(folder)
    tree.environs |= {part: {"PYTHONPATH": python_path(folder)} for part in OLD}
    with scene.in_the_middle():
        tree.start(*OLD)
        if not wait_until(lambda: bool(_notice(scene)), seconds=NOTICE_SECONDS):
            scene.wrong.append("the status does not say that parts of different versions run")
        scene.notes += [f"the older release is commit {commit[:9]}", *_notice(scene)]
        for stopped in ("worker", "worker-2"):
            tree.signal_all(stopped, signal.SIGSTOP)
            scene.drop_more(len(scene.files) // 4)
            scene.await_ends(scene.dropped - 1)
            tree.signal_all(stopped, signal.SIGCONT)
        scene.drop_rest()
        scene.await_ends(len(scene.files))
    intakes, attempts = count_intakes(tree, scene.files), count_attempts(tree, scene.files)
    scene.notes.append(f"taken in by {intakes}; attempted by {attempts}")
    tree.kill(*OLD)


def _notice(scene: Scene) -> list[str]:
    notices = read_status(scene.tree.store, EmptyQueues(), now=datetime.now(UTC)).notices
    return [each.message for each in notices if each.code == "versions_differ"]


FAULT = Fault(
    name="stale-code",
    sentence="a watcher and a worker of an older release run beside the present ones",
    play=_play,
    impossible=why_no_older_release,
)
