"""A worker with the product's Celery configuration, whose one task does nothing."""

from __future__ import annotations

import os

from copytaster.bootstrap.environment import load_settings
from copytaster.model.work import Work
from copytaster_broker.app import TASKS, create_app


def do_nothing(ids: list[str]) -> None:
    """Accept the ids of a message."""
    del ids


def main() -> None:
    """Work until a signal ends it."""
    app = create_app(load_settings(os.environ))
    app.task(name=TASKS[Work.INGEST])(do_nothing)
    quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel=ERROR")
    app.worker_main(["--quiet", "worker", "--pool=prefork", "--concurrency=2", f"--queues={Work.INGEST.value}", *quiet])


if __name__ == "__main__":
    main()
