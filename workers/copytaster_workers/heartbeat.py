"""A sign of life from the worker's own event loop: a loop that hangs gives none, whatever `ping` would say."""

from __future__ import annotations

import os
import socket
from datetime import UTC, datetime
from typing import Any

import structlog
from celery import Celery, bootsteps
from celery.worker import state

from copytaster.bootstrap.store import open_store, process_name
from copytaster.clock import SystemClock
from copytaster.errors import TransientError
from copytaster.settings import Settings
from copytaster.store.ports.presence import Heartbeat, Part
from copytaster_workers.runtime import WorkerRuntime

log = structlog.get_logger(__name__)

BEAT_SECONDS = 5.0
"""Four beats fit into the silence after which a part counts as gone."""


class WorkerHeartbeat:
    """Tells the store about one worker."""

    def __init__(self, runtime: WorkerRuntime, settings: Settings) -> None:
        self._runtime = runtime
        self._presence = open_store(settings, clock=SystemClock(), part="worker").presence
        self._started = datetime.now(UTC)
        self._name = process_name("worker")

    def beat(self, worker: Any) -> None:
        """Say that the worker is alive and when it last finished something."""
        heartbeat = Heartbeat(
            part=Part.WORKER,
            name=self._name,
            host=socket.gethostname(),
            pid=os.getpid(),
            started_at=self._started,
            beat_at=datetime.now(UTC),
            progress_at=self._runtime.finished_at(),
            details={
                "queues": ",".join(sorted(worker.app.amqp.queues.consume_from)),
                "processes": worker.concurrency,
                "active": len(state.active_requests),
                "rules_fault": self._runtime.rules_fault(),
                "unsandboxed": ", ".join(self._runtime.missing_protections) or None,
            },
        )
        try:
            self._presence.beat(heartbeat)
        except TransientError as error:
            log.warning("heartbeat.failed", why=str(error))

    def leave(self) -> None:
        """Say that the worker ends."""
        try:
            self._presence.leave(Part.WORKER, self._name)
        except TransientError as error:
            log.warning("heartbeat.failed", why=str(error))


def add_heartbeat(app: Celery, runtime: WorkerRuntime, settings: Settings) -> None:
    """Make every worker of this application tell the store that it is alive while its event loop turns."""

    class HeartbeatStep(bootsteps.StartStopStep):  # type: ignore[misc]  # Celery has no types
        """Beats by the worker's own timer."""

        requires = frozenset({"celery.worker.components:Timer"})

        def start(self, worker: Any) -> None:
            """Begin to beat, at once and then every few seconds."""
            self.pulse = WorkerHeartbeat(runtime, settings)
            self.pulse.beat(worker)
            self.timer = worker.timer.call_repeatedly(BEAT_SECONDS, self.pulse.beat, (worker,))

        def stop(self, worker: Any) -> None:
            """Say that the worker ends."""
            del worker
            self.timer.cancel()
            self.pulse.leave()

        def terminate(self, worker: Any) -> None:
            """Say that the worker ends: a soft shutdown calls this in place of ``stop``."""
            self.stop(worker)

    app.steps["worker"].add(HeartbeatStep)
