"""Runs a function at regular intervals in a thread beside the watcher."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from copytaster.errors import TransientError
from copytaster.metrics import WatcherMetrics
from copytaster.system.periodic_thread import PeriodicThread

log = structlog.get_logger(__name__)


class PeriodicTask(PeriodicThread):
    """A ``PeriodicThread`` that logs and counts the errors of ``function`` and continues.

    The first of several consecutive ``TransientError`` is logged, the following ones are not.
    """

    def __init__(self, function: Callable[[], object], seconds: float, metrics: WatcherMetrics, *, name: str) -> None:
        super().__init__(self._call, every=seconds, name=name)
        self._task = function
        self._seconds = metrics.background_seconds.labels(name)
        self._failures = metrics.background_failures.labels(name)
        self._name = name
        self._interrupted = False

    def _call(self) -> None:
        with self._seconds.time():
            self._task()
        self._interrupted = False

    def report(self, error: Exception) -> None:
        """Count and log an error of the function."""
        self._failures.inc()
        if not isinstance(error, TransientError):
            log.error("reconciler.failed", thread=self._name, next="trying again", exc_info=error)
            return
        if not self._interrupted:
            log.warning("reconciler.interrupted", thread=self._name, why=str(error), next="trying again")
        self._interrupted = True
