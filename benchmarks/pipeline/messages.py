"""How many Celery messages the workers have received."""

from __future__ import annotations

from collections import Counter

from copytaster.settings import Settings
from copytaster_broker.app import TASKS, create_app

ANSWER_SECONDS = 3.0
"""How long to wait for the workers' answers; both answer in some hundredths."""


class Messages:
    """Asks the workers by Celery's remote control, so that the count is exact and costs the run nothing."""

    def __init__(self, settings: Settings) -> None:
        self._app = create_app(settings)

    def by_queue(self) -> Counter[str]:
        """Return the messages that the workers have received since their start, by queue."""
        queues = {task: work.value for work, task in TASKS.items()}
        answers = self._app.control.inspect(timeout=ANSWER_SECONDS, limit=2).stats() or {}
        counted = Counter[str]()
        for answer in answers.values():
            for task, count in answer["total"].items():
                counted[queues[task]] += count
        return counted
