"""The sign of life of a running status API."""

from __future__ import annotations

import os
import socket
import threading
from types import TracebackType
from typing import Self

import structlog

from copytaster.clock import Clock
from copytaster.errors import TransientError
from copytaster.store.ports.presence import Heartbeat, Part, Presence

BEAT_SECONDS = 5.0
"""Four beats fit into the silence after which a part counts as gone, so one lost beat does not alarm anybody."""


class ApiHeartbeat:
    """A context in which a thread beats for this process; on leaving it the part says that it ends.

    A beat that the server does not take is logged and the next one tried.
    """

    def __init__(self, presence: Presence, clock: Clock, *, name: str, every: float = BEAT_SECONDS) -> None:
        self._presence = presence
        self._name = name
        self._clock = clock
        self._every = every
        self._started_at = clock.now()
        self._host = socket.gethostname()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._thread.join()
        try:
            self._presence.leave(Part.API, self._name)
        except TransientError as away:
            # The server forgets the part by itself a minute after its last beat.
            structlog.get_logger().warning("heartbeat.failed", why=str(away))

    def _run(self) -> None:
        self._beat()
        while not self._stopped.wait(self._every):
            self._beat()

    def _beat(self) -> None:
        try:
            self._presence.beat(
                Heartbeat(
                    part=Part.API,
                    name=self._name,
                    host=self._host,
                    pid=os.getpid(),
                    started_at=self._started_at,
                    beat_at=self._clock.now(),
                )
            )
        except TransientError as error:
            structlog.get_logger().warning("heartbeat.failed", why=str(error))
