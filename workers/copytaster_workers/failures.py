"""Records what went wrong with tasks and messages: a line in the log, and a count.

What the work was about is in the ledger in any case: an attempt is counted before it begins, and what has not ended is
due again. This tells a person why.
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
    """Connect to every hook at which Celery tells of a failure; handlers are held, since they are local."""

    def task_failed(task_id: str, exception: BaseException, args: Any, **_: Any) -> None:
        # Hard limits and lost children are told here alone, in the main process; errors in the child.
        runtime.count_failure(how(exception))
        log.error("task.failed", task_id=task_id, why=repr(exception), ids=args)

    def message_refused(**told: Any) -> None:
        refused(str(told.get("exc") or told.get("name") or "no message of a task"))

    def refused(why: str) -> None:
        runtime.count_failure(TaskFailure.BAD_MESSAGE)
        log.error("message.refused", why=why, next="it is dropped; what it was about is still due")

    signals.task_failure.connect(task_failed, weak=False)
    signals.task_unknown.connect(message_refused, weak=False)
    signals.task_rejected.connect(message_refused, weak=False)
    app.conf.worker_consumer = consumer_that_tells(refused)


def how(exception: BaseException) -> TaskFailure:
    """Return in which way a task failed."""
    match exception:
        case TimeLimitExceeded():
            return TaskFailure.TIME_LIMIT
        case WorkerLostError():
            return TaskFailure.WORKER_LOST
        case _:
            return TaskFailure.ERROR


def consumer_that_tells(refused: Callable[[str], None]) -> type[Any]:
    """Return Celery's consumer with the one hook that it lacks: for messages that cannot be decoded."""

    class TellingConsumer(Consumer):  # type: ignore[misc]  # Celery has no types
        """Tells of messages that cannot be decoded."""

        def on_decode_error(self, message: Any, exc: Exception) -> None:
            """Acknowledge the message, as Celery does, and tell of it."""
            super().on_decode_error(message, exc)
            refused(f"it cannot be decoded: {exc}")

    return TellingConsumer
