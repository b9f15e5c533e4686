"""Publishes ids as Celery messages."""

from __future__ import annotations

import time
from collections.abc import Sequence

from celery import Celery
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from copytaster.errors import TransientError
from copytaster.model.work import Work
from copytaster.settings import Settings
from copytaster_broker.app import TASKS, create_app

ENQUEUED = "copytaster_enqueued"
"""The header that says when a message was published, in seconds since 1970: Celery's own messages do not."""


MOST_IDS = {Work.SUSPECT: 1, Work.BACKFILL: 5, Work.RETAG: 1}
"""Ids in a message where fewer than a batch are right: a suspect alone, and what may wait in small pieces, since
whatever is more urgent comes only after the piece that is at work. An article takes 60 ms to tag."""


class CeleryPublisher:
    """See ``copytaster.model.work.Publisher``."""

    def __init__(self, app: Celery, batch_size: int) -> None:
        self._app = app
        self._batch_size = batch_size

    def publish(self, work: Work, ids: Sequence[str]) -> None:
        """Send the ids, at most a batch in one message; see ``Publisher.publish``."""
        size = min(self._batch_size, MOST_IDS.get(work, self._batch_size))
        batches = [list(ids[start : start + size]) for start in range(0, len(ids), size)]
        try:
            with self._app.producer_or_acquire() as producer:
                for batch in batches:
                    self._send(work, batch, producer)
        # kombu translates lost connections alone; a server at its memory limit or a full disk comes as it is.
        except (OperationalError, RedisError) as error:
            raise TransientError(f"the broker does not take messages: {error}") from error

    def _send(self, work: Work, batch: list[str], producer: object) -> None:
        self._app.send_task(
            TASKS[work],
            args=[batch],
            queue=work.value,
            headers={ENQUEUED: time.time()},
            producer=producer,
            argsrepr=f"{len(batch)} ids",  # else the ids would be repeated in the headers
        )


def open_publisher(settings: Settings) -> CeleryPublisher:
    """Return a publisher to the broker that is set. Raises ``ConfigurationError`` when no server is known."""
    return CeleryPublisher(create_app(settings), settings.batch_size)
