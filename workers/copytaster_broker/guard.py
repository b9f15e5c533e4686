"""Fixes three faults of celery 5.7.0 and kombu that show when the server is lost.

*A crash.* To restore unacknowledged messages, kombu requests a connection from a channel that is already closed. In
half of the trials that raised ``AttributeError``, which nothing handles, and the main process died. Celery handles a
connection error and reconnects.

*A hang.* If the server does not accept an acknowledgement, for example because its password was changed, Celery logs
the error and drops it, and kombu still counts the message as in progress. When all messages that the worker may hold
are such ones, it fetches no further one, never uses its broken connection, and so never reconnects. Here the message no
longer counts. The server delivers it again after the visibility timeout, and the ledger refuses work that has ended.
Any refusal of an acknowledgement becomes a connection error: where Celery acknowledges, it expects no other.

*Another crash.* When the worker connects again, its pool registers the descriptors of its processes anew; that of a
process that has just ended is None. Celery passes over those for which kombu raises ``OSError``, and kombu raises
``ValueError``, which nothing handles, and the main process dies. Here it raises ``OSError``: the pool replaces such a
process by itself.

``tests/integration/test_celery_guard.py`` stops the server under load, with and without the guard, and so shows when
the guard can be removed.
"""

from __future__ import annotations

import errno
from typing import Any

import redis
from kombu.asynchronous import hub
from kombu.transport import virtual
from kombu.transport.redis import Channel, QoS, SentinelChannel

_get_pool = Channel._get_pool  # noqa: SLF001  # the method with the fault
_get_sentinel_pool = SentinelChannel._get_pool  # noqa: SLF001  # has it as well
_ack, _reject = QoS.ack, QoS.reject
_fileno = hub.fileno


def _guarded(channel: Any, asynchronous: bool = False) -> Any:  # kombu's signature
    connection = channel.connection
    if connection is None or connection.client is None:
        raise redis.exceptions.ConnectionError("the kombu channel is closed already")
    return (_get_sentinel_pool if isinstance(channel, SentinelChannel) else _get_pool)(channel, asynchronous)


def _ack_and_release(qos: Any, delivery_tag: str) -> None:
    try:
        _ack(qos, delivery_tag)
    except redis.exceptions.ResponseError as error:
        virtual.QoS.ack(qos, delivery_tag)
        raise redis.exceptions.ConnectionError(f"the server did not accept an acknowledgement: {error}") from error
    except Exception:
        virtual.QoS.ack(qos, delivery_tag)
        raise


def _reject_and_release(qos: Any, delivery_tag: str, requeue: bool = False) -> None:  # kombu's signature
    try:
        _reject(qos, delivery_tag, requeue)
    except Exception:
        virtual.QoS.ack(qos, delivery_tag)
        raise


def _present_fileno(file: Any) -> int:
    if file is None:
        raise OSError(errno.EBADF, "the descriptor of a process or connection that has ended")
    number: int = _fileno(file)
    return number


def install() -> None:
    """Install the guard in this process; a second call changes nothing."""
    Channel._get_pool = SentinelChannel._get_pool = _guarded  # noqa: SLF001
    QoS.ack, QoS.reject = _ack_and_release, _reject_and_release
    hub.fileno = _present_fileno
