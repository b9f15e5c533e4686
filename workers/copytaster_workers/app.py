"""Assembles a worker: configuration, tasks, and handlers for the start and the failure of its processes."""

from __future__ import annotations

import logging
from typing import Any

from celery import Celery, signals

from copytaster.logging import configure_logs
from copytaster.model.work import Work
from copytaster.settings import Settings
from copytaster_broker.app import create_app
from copytaster_workers.failures import record_failures
from copytaster_workers.heartbeat import add_heartbeat
from copytaster_workers.runtime import WorkerRuntime
from copytaster_workers.tasks import register_tasks


def create_celery(settings: Settings) -> Celery:
    """Return the application that `celery -A copytaster_workers.main worker` runs.

    It loads no model and opens no connection before a worker starts. Raises ``ConfigurationError`` when no server is
    configured.
    """
    app = create_app(settings)
    runtime = WorkerRuntime(settings)
    register_tasks(app, runtime)
    add_heartbeat(app, runtime, settings)
    record_failures(app, runtime)
    _connect_signals(settings, runtime)
    return app


def _connect_signals(settings: Settings, runtime: WorkerRuntime) -> None:
    """Connect with strong references (``weak=False``), since there are no other references to the local handlers."""

    def set_up_logging(**_: Any) -> None:
        configure_logs(settings, part="worker")
        # ``failures`` logs each failed task; Celery would log it a second time.
        logging.getLogger("celery.app.trace").setLevel(logging.CRITICAL)

    def load_before_fork(sender: Any, **_: Any) -> None:
        if {Work.TAG.value, Work.RETAG.value} & {*sender.app.amqp.queues.consume_from}:
            runtime.load_models()

    def open_after_fork(**_: Any) -> None:
        runtime.open()

    signals.setup_logging.connect(set_up_logging, weak=False)
    signals.worker_init.connect(load_before_fork, weak=False)
    signals.worker_process_init.connect(open_after_fork, weak=False)
