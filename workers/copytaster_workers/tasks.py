"""The tasks: shells that hand ids to the core. What a task does is in ``copytaster.pipeline``."""

from __future__ import annotations

from datetime import timedelta

from celery import Celery

from copytaster.deps import Deps
from copytaster.pipeline.ingest import ingest
from copytaster.pipeline.tag import tag
from copytaster.work import Work
from copytaster_broker.app import SOFT_LIMIT_SECONDS, TASKS
from copytaster_workers.runtime import WorkerRuntime

BUDGET = timedelta(seconds=SOFT_LIMIT_SECONDS / 2)
"""After this a batch begins no further delivery, so that the slow ones before do not make it hit the limit."""


def register_tasks(app: Celery, runtime: WorkerRuntime) -> None:
    """Add the tasks to the application."""

    @app.task(name=TASKS[Work.INGEST])  # type: ignore[untyped-decorator]  # Celery has no types
    def ingest_deliveries(delivery_ids: list[str]) -> None:
        def work(deps: Deps) -> None:
            left = ingest(delivery_ids, deps=deps, until=deps.clock.now() + BUDGET)
            if left:
                deps.publisher.publish(Work.INGEST, left)

        runtime.run(work)

    @app.task(name=TASKS[Work.TAG])  # type: ignore[untyped-decorator]  # Celery has no types
    def tag_articles(article_ids: list[str]) -> None:
        runtime.run(lambda deps: tag(article_ids, deps=deps))
