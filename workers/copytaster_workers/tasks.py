"""The Celery tasks, which pass ids to the core; the work is in ``copytaster.pipeline``."""

from __future__ import annotations

from datetime import timedelta

from celery import Celery, Task

from copytaster.model.work import LANES, Work
from copytaster.pipeline.dependencies import Dependencies
from copytaster.pipeline.ingest import ingest
from copytaster.pipeline.tag import tag
from copytaster_broker.app import SOFT_LIMIT_SECONDS, TASKS
from copytaster_broker.publisher import DELIVERIES, ENQUEUED
from copytaster_workers.runtime import WorkerRuntime

BUDGET = timedelta(seconds=SOFT_LIMIT_SECONDS / 2)
"""After this time a batch begins no further delivery, so that slow deliveries do not make it exceed the limit."""


def register_tasks(app: Celery, runtime: WorkerRuntime) -> None:
    """Add a task for each kind of work to the application."""
    for lane in LANES:
        _register_lane(app, runtime, lane)
    for work in (Work.TAG, Work.RETAG):
        _register_tagging(app, runtime, work)


def _register_lane(app: Celery, runtime: WorkerRuntime, lane: Work) -> None:
    @app.task(name=TASKS[lane], bind=True)  # type: ignore[untyped-decorator]  # Celery has no types
    def ingest_deliveries(task: Task, delivery_ids: list[str]) -> None:
        def work(deps: Dependencies) -> None:
            remaining = ingest(delivery_ids, deps=deps, until=deps.clock.now() + BUDGET, lane=lane)
            if remaining:
                deps.publisher.publish(lane, remaining)

        runtime.run(work, queue=lane, sent_at=task.request.get(ENQUEUED))


def _register_tagging(app: Celery, runtime: WorkerRuntime, work: Work) -> None:
    @app.task(name=TASKS[work], bind=True)  # type: ignore[untyped-decorator]  # Celery has no types
    def tag_articles(task: Task, article_ids: list[str]) -> None:
        deliveries = dict(zip(article_ids, task.request.get(DELIVERIES) or [], strict=False))
        runtime.run(
            lambda deps: tag(article_ids, deps=deps, of=deliveries, work=work),
            queue=work,
            sent_at=task.request.get(ENQUEUED),
        )
