"""Reads the lengths of the broker's queues from the server, without Celery's remote control."""

from __future__ import annotations

import json
import time
from contextlib import suppress

from redis import Redis

from copytaster.bootstrap.store import broker_address
from copytaster.model.work import QueueDepth, Work
from copytaster.settings import Settings
from copytaster.store.redis.client import connect, transient_errors
from copytaster.store.redis.write_check import RedisWriteCheck
from copytaster_broker.app import KEY_PREFIX
from copytaster_broker.publisher import ENQUEUED

UNREADABLE = (ValueError, TypeError, LookupError)
"""Errors of a message that has another form than ours: it is for the workers to refuse, and its queue has a length."""

UNACKNOWLEDGED = f"{KEY_PREFIX}unacked"
"""The hash in which kombu keeps the messages that workers have fetched."""


class BrokerQueues:
    """Implements ``copytaster.model.work.Queues``. Cost: one round trip for each queue."""

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._writes = RedisWriteCheck(client, UNACKNOWLEDGED)

    def depth(self, work: Work) -> QueueDepth:
        """Return the depth of a queue; see ``Queues.depth``."""
        with transient_errors():
            pipe = self._client.pipeline(transaction=True)
            pipe.llen(KEY_PREFIX + work.value)
            pipe.lindex(KEY_PREFIX + work.value, -1)  # published on the left, fetched from the right
            pipe.hvals(UNACKNOWLEDGED)
            length, oldest, unacknowledged = pipe.execute()
        return QueueDepth(
            name=work,
            length=length,
            unacknowledged=sum(_routing_key(entry) == work.value for entry in unacknowledged),
            oldest_seconds=_age(oldest) if oldest else None,
        )

    def check_writes(self) -> None:
        """Ask the broker; see ``Queues.check_writes``."""
        self._writes.check()


def open_queues(settings: Settings, *, reader: bool = False) -> BrokerQueues:
    """Return the queues of the configured broker. Raises ``ConfigurationError`` when no server is configured.

    ``reader`` is for processes that only report the state; see ``copytaster.bootstrap.store.open_store``.
    """
    return BrokerQueues(connect(broker_address(settings), name="copytaster-queues", reader=reader))


def _routing_key(entry: bytes) -> str:
    """Return the queue of an unacknowledged message, which kombu stores as (message, exchange, routing key)."""
    with suppress(*UNREADABLE):
        return str(json.loads(entry)[2])
    return ""


def _age(message: bytes) -> float:
    """Return how long a message has waited, in seconds; 0 for one without the header, which another program wrote."""
    with suppress(*UNREADABLE):
        return max(0.0, time.time() - float(json.loads(message)["headers"][ENQUEUED]))
    return 0.0
