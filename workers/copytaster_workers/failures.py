"""Logs and counts failures of tasks and messages.

No work depends on it: the ledger counts an attempt before it begins, and work that has not ended becomes due again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog
from billiard.exceptions import TimeLimitExceeded, WorkerLostError
from celery import Celery, signals
from celery.worker.consumer import Consumer

from copytaster.metrics import TaskFailure
from copytaster_workers.runtime import WorkerRuntime

log = structlog.get_logger(__name__)


def record_failures(app: Celery, runtime: WorkerRuntime) -> None:
    """Connect to every hook by which Celery reports a failure; strong references, as in ``app``."""

    def task_failed(task_id: str, exception: BaseException, args: Any, **_: Any) -> None:
        # Time limits and lost child processes are reported only here, in the main process; errors in the child.
        runtime.count_failure(kind_of_failure(exception))
        error = exception if exception.__traceback__ else None
        log.error("task.failed", task_id=task_id, why=repr(exception), ids=args, exc_info=error)

    def message_refused(**details: Any) -> None:
        refused(str(details.get("exc") or details.get("name") or "no message of a task"))

    def refused(why: str) -> None:
        runtime.count_failure(TaskFailure.BAD_MESSAGE)
        log.error("message.refused", why=why, next="the message is dropped; its work is still due in the ledger")

    signals.task_failure.connect(task_failed, weak=False)
    signals.task_unknown.connect(message_refused, weak=False)
    signals.task_rejected.connect(message_refused, weak=False)
    app.conf.worker_consumer = reporting_consumer(refused)


def kind_of_failure(exception: BaseException) -> TaskFailure:
    """Return the metric's label for a task's exception."""
    match exception:
        case TimeLimitExceeded():
            return TaskFailure.TIME_LIMIT
        case WorkerLostError():
            return TaskFailure.WORKER_LOST
        case _:
            return TaskFailure.ERROR


def reporting_consumer(refused: Callable[[str], None]) -> type[Any]:
    """Return Celery's consumer with a hook that Celery lacks: for messages that cannot be decoded."""

    class ReportingConsumer(Consumer):  # type: ignore[misc]  # Celery has no types
        """Reports messages that cannot be decoded."""

        def on_decode_error(self, message: Any, exc: Exception) -> None:
            """Acknowledge the message, as Celery does, and report it."""
            super().on_decode_error(message, exc)
            refused(f"it cannot be decoded: {exc}")

    return ReportingConsumer
