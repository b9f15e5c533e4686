"""Fixes a crash of celery 5.7.0: if the server was lost while a message was unacknowledged, the main process died.

To restore unacknowledged messages, kombu requests a connection from a channel that is already closed. In half of the
trials that raised ``AttributeError``, which nothing handles. Celery handles a connection error and reconnects.
``tests/integration/test_celery_guard.py`` stops the server under load, with and without the guard, and so shows when
the guard can be removed.
"""

from __future__ import annotations

from typing import Any

import redis
from kombu.transport.redis import Channel

_get_pool = Channel._get_pool  # noqa: SLF001  # the method with the fault


def _guarded(channel: Any, asynchronous: bool = False) -> Any:  # kombu's signature
    connection = channel.connection
    if connection is None or connection.client is None:
        raise redis.exceptions.ConnectionError("the kombu channel is closed already")
    return _get_pool(channel, asynchronous)


def install() -> None:
    """Install the guard in this process; a second call changes nothing."""
    Channel._get_pool = _guarded  # noqa: SLF001
