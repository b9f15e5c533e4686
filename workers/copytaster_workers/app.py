"""Puts a worker together: configuration, tasks, and what happens when its processes start and fail."""

from __future__ import annotations

from typing import Any

import structlog
from celery import Celery, signals

from copytaster.logs import configure_logs
from copytaster.settings import Settings
from copytaster.work import Work
from copytaster_broker.app import create_app
from copytaster_workers.heartbeat import add_heartbeat
from copytaster_workers.runtime import WorkerRuntime
from copytaster_workers.tasks import register_tasks

log = structlog.get_logger(__name__)


def create_celery(settings: Settings) -> Celery:
    """Return the application that `celery -A copytaster_workers.main worker` runs.

    It loads no model and opens no connection before a worker starts. Raises ``ConfigurationError`` when no server is
    known.
    """
    app = create_app(settings)
    runtime = WorkerRuntime(settings)
    register_tasks(app, runtime)
    add_heartbeat(app, runtime, settings)
    _connect_signals(settings, runtime)
    return app


def _connect_signals(settings: Settings, runtime: WorkerRuntime) -> None:
    """Connect with strong references (``weak=False``): the handlers are local and nobody else holds them."""

    def set_up_logging(**_: Any) -> None:
        configure_logs(settings, part="worker")

    def load_before_fork(sender: Any, **_: Any) -> None:
        if Work.TAG.value in sender.app.amqp.queues.consume_from:
            runtime.load_models()

    def open_after_fork(**_: Any) -> None:
        runtime.open()

    def record_failure(task_id: str, exception: BaseException, args: Any, **_: Any) -> None:
        # Hard limits and lost children are reported here alone, in the main process. The ledger has counted the
        # attempt already, so the ids come again when their leases end, and go to quarantine after the last attempt.
        log.error("task.failed", task_id=task_id, why=repr(exception), ids=args)

    signals.setup_logging.connect(set_up_logging, weak=False)
    signals.worker_init.connect(load_before_fork, weak=False)
    signals.worker_process_init.connect(open_after_fork, weak=False)
    signals.task_failure.connect(record_failure, weak=False)
