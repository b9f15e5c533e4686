"""Mends a crash of celery 5.7.0: on loss of the server with a message unacknowledged, the worker's main process died.

Restoring unacknowledged messages asks a kombu channel for a connection that is closed already; that raised
``AttributeError``, which nothing handles, in half of the kills tried. As a connection error Celery handles it and
reconnects. ``tests/integration/test_celery_guard.py`` takes the server away under load, with and without the guard,
and so shows when it may go.
"""

from __future__ import annotations

from typing import Any

import redis
from kombu.transport.redis import Channel

_get_pool = Channel._get_pool  # noqa: SLF001  # the very method that is mended


def _guarded(channel: Any, asynchronous: bool = False) -> Any:  # kombu's signature
    connection = channel.connection
    if connection is None or connection.client is None:
        raise redis.exceptions.ConnectionError("the kombu channel is closed already")
    return _get_pool(channel, asynchronous)


def install() -> None:
    """Put the guard in place for this process; doing it again changes nothing."""
    Channel._get_pool = _guarded  # noqa: SLF001
