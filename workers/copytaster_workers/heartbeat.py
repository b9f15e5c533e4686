"""Heartbeats from the worker's own event loop: a loop that hangs sends none, even if the worker answers `ping`."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery, bootsteps
from celery.worker import state

from copytaster.bootstrap.store import open_store, process_name
from copytaster.clock import SystemClock
from copytaster.monitoring.health import StallWatch
from copytaster.monitoring.heartbeat import INTERVAL, HeartbeatSender
from copytaster.settings import Settings
from copytaster.store.ports.presence import Part
from copytaster.system.sign_of_life import SignOfLife
from copytaster_workers.hang_exit import HangExit
from copytaster_workers.runtime import WorkerRuntime


class WorkerHeartbeat:
    """Reports one worker to the store."""

    def __init__(self, runtime: WorkerRuntime, settings: Settings) -> None:
        clock = SystemClock()
        store = open_store(settings, clock=clock, part="worker")
        self._runtime = runtime
        stalls = StallWatch(store, Part.WORKER, clock)
        self._sender = HeartbeatSender(
            store.presence,
            clock,
            part=Part.WORKER,
            name=process_name("worker"),
            processes=("main", "pool", "sandbox"),
            sign=SignOfLife(Part.WORKER.value, os.environ),
            is_healthy=lambda: not stalls.is_found(),
        )

    def beat(self, worker: Any) -> None:
        """Report that the worker is alive, and when it last finished a task."""
        self._sender.beat(
            progress_at=self._runtime.finished_at(),
            unfinished=(),
            queues=",".join(sorted(worker.app.amqp.queues.consume_from)),
            processes=worker.concurrency,
            active=len(state.active_requests),
            rules_fault=self._runtime.rules_fault(),
            unsandboxed=", ".join(self._runtime.missing_protections) or None,
            **self._runtime.stage_times.details(),
        )

    def leave(self) -> None:
        """Report that the worker ends."""
        self._sender.leave()


def add_heartbeat(app: Celery, runtime: WorkerRuntime, settings: Settings) -> None:
    """Make each worker of this application send heartbeats while its event loop runs."""

    class HeartbeatStep(bootsteps.StartStopStep):  # type: ignore[misc]  # Celery has no types
        """Sends heartbeats by the timer of the worker's event loop."""

        requires = frozenset({"celery.worker.components:Timer"})

        def start(self, worker: Any) -> None:
            """Send a heartbeat now, and then at regular intervals."""
            self.heartbeat, self.hang_exit = WorkerHeartbeat(runtime, settings), HangExit(settings, worker)
            self.heartbeat.beat(worker)
            self.hang_exit.start()
            self.timer = worker.timer.call_repeatedly(INTERVAL.total_seconds(), self.beat, (worker,))

        def beat(self, worker: Any) -> None:
            """Send a heartbeat, and note that the loop runs; called by the loop."""
            self.hang_exit.beat()
            self.heartbeat.beat(worker)

        def stop(self, worker: Any) -> None:
            """Report that the worker ends."""
            del worker
            self.timer.cancel()
            self.hang_exit.stop()
            self.heartbeat.leave()

        def terminate(self, worker: Any) -> None:
            """Report that the worker ends: a soft shutdown calls this instead of ``stop``."""
            self.stop(worker)

    app.steps["worker"].add(HeartbeatStep)
