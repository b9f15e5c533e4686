"""The tasks that tag: they tell the core from which of the two queues the articles come."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from celery import Celery

from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.model.article import ArticleId
from copytaster.model.work import Work
from copytaster.pipeline.dependencies import Dependencies
from copytaster_broker.app import TASKS
from copytaster_workers.runtime import WorkerRuntime
from copytaster_workers.tasks import register_tasks
from tests.factories import Desk, a_desk, an_article, delivery_id


class DirectRuntime(WorkerRuntime):
    """Does the work at once, with the ports of a desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def run(self, work: Callable[[Dependencies], None], *, queue: Work, sent_at: float | None = None) -> None:
        """Do the work."""
        del queue, sent_at
        work(self._desk.deps)


class Tasks:
    """Keeps tasks by name, where Celery shares them among all applications of a process."""

    def __init__(self) -> None:
        self.by_name: dict[str, Callable[..., None]] = {}

    def task(self, *, name: str, **_: Any) -> Callable[[Callable[..., None]], Callable[..., None]]:
        """Return a decorator that keeps the function."""
        return lambda function: self.by_name.setdefault(name, function)


@pytest.mark.parametrize("work", [Work.TAG, Work.RETAG])
def test_an_attempt_is_counted_for_the_queue_of_its_message(clock: ManualClock, work: Work) -> None:
    desk, app = a_desk(memory_store(clock), clock), Tasks()
    desk.store.articles.create(an_article("a1"), owner=delivery_id(1))
    desk.store.ledger.request_tagging([ArticleId("a1")], due_in=timedelta(0))
    register_tasks(cast("Celery", app), DirectRuntime(desk))

    app.by_name[TASKS[work]](SimpleNamespace(request={}), ["a1"])

    samples = [each for family in desk.deps.metrics.attempts.collect() for each in family.samples]
    assert {each.labels["work"]: each.value for each in samples if each.name.endswith("_total")} == {work: 1}
