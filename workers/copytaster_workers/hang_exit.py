"""Ends a worker whose consumer hangs, so that whoever started it starts it again.

A container's health check alone restarts nothing, and a process that hangs cannot be repaired from within: its
connections and its counts of messages are Celery's.
"""

from __future__ import annotations

import os
from typing import Any

import structlog
from celery.worker import state

from copytaster.clock import MonotonicClock
from copytaster.model.work import Work
from copytaster.monitoring.consumer_watch import EVERY, ConsumerWatch
from copytaster.settings import Settings
from copytaster.system.periodic_thread import PeriodicThread
from copytaster_broker.queues import open_queues

log = structlog.get_logger(__name__)


class HangExit:
    """Watches one worker from a thread of its own; the worker's loop calls ``beat``."""

    def __init__(self, settings: Settings, worker: Any) -> None:
        served = [Work(each) for each in worker.app.amqp.queues.consume_from]
        self._clock = MonotonicClock()
        self._watch = ConsumerWatch(open_queues(settings, reader=True), served, self._clock)
        self._beat_at = self._clock.now()
        self._thread = PeriodicThread(self._look, every=EVERY.total_seconds(), name="hang-exit")

    def beat(self) -> None:
        """Note that the loop runs."""
        self._beat_at = self._clock.now()

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """End watching; the worker ends."""
        self._thread.stop()

    def _look(self) -> None:
        why = self._watch.find_fault(beat_at=self._beat_at, is_busy=bool(state.active_requests))
        if why is None:
            return
        log.error("worker.hangs", why=why, next="it ends, and is to be started again; its messages are due again")
        # Not an exception: the thread that would have to handle it hangs.
        os._exit(os.EX_TEMPFAIL)
