"""Publishes ids as Celery messages."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from celery import Celery
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from copytaster.errors import TransientError
from copytaster.model.batches import batched
from copytaster.model.tracing import TRACEPARENT, traceparent
from copytaster.model.work import Work
from copytaster.settings import Settings
from copytaster.system.remedies import explain_server_error
from copytaster_broker.app import TASKS, create_app

ENQUEUED = "copytaster_enqueued"
"""Message header with the time of publication, in seconds since 1970; Celery's own headers do not contain it."""

DELIVERIES = "copytaster_deliveries"
"""Message header of tagging: the delivery of each article, in the order of the ids; "" where it is not known, as in
messages of the reconciler."""

TAGGING = (Work.TAG, Work.RETAG)

MAX_IDS = {Work.SUSPECT: 1, Work.BACKFILL: 5, Work.RETAG: 1}
"""Most ids in a message of queues that use less than a batch: suspects are processed one by one, and a message of less
urgent work must end soon, since urgent work waits until then. An article takes 60 ms to tag."""


class CeleryPublisher:
    """Implements ``copytaster.model.work.Publisher``."""

    def __init__(self, app: Celery, batch_size: int) -> None:
        self._app = app
        self._batch_size = batch_size

    def publish(self, work: Work, ids: Sequence[str], *, of: Mapping[str, str] | None = None) -> None:
        """Publish the ids, at most a batch in one message; see ``Publisher.publish``."""
        size = min(self._batch_size, MAX_IDS.get(work, self._batch_size))
        try:
            with self._app.producer_or_acquire() as producer:
                for batch in batched(ids, size):
                    deliveries = [(of or {}).get(each, "") for each in batch] if work in TAGGING else batch
                    self._send(work, batch, deliveries, producer)
        # kombu translates lost connections only; a memory limit or a full disk of the server is a ``RedisError``.
        except (OperationalError, RedisError) as error:
            raise TransientError(f"the broker does not accept messages: {explain_server_error(error)}") from error

    def _send(self, work: Work, batch: list[str], deliveries: list[str], producer: object) -> None:
        headers: dict[str, object] = {ENQUEUED: time.time()}
        if work in TAGGING:
            headers[DELIVERIES] = deliveries
        # Of the first delivery, for other programs: here, the traces of all follow from their ids.
        if first := next(filter(None, deliveries), None):
            headers[TRACEPARENT] = traceparent(first)
        self._app.send_task(
            TASKS[work],
            args=[batch],
            queue=work.value,
            headers=headers,
            producer=producer,
            argsrepr=f"{len(batch)} ids",  # otherwise the headers would repeat the ids
        )


def open_publisher(settings: Settings) -> CeleryPublisher:
    """Return a publisher for the configured broker. Raises ``ConfigurationError`` when no server is configured."""
    return CeleryPublisher(create_app(settings), settings.batch_size)
