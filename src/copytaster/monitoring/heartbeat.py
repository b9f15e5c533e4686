"""Sends the heartbeats of one process to the store."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog

from copytaster.clock import Clock, Interval
from copytaster.errors import TransientError
from copytaster.model.printable_text import escape
from copytaster.store.ports.presence import MAX_UNFINISHED, Heartbeat, Part, Presence, UnfinishedFile
from copytaster.system.process_memory import memory_by_level
from copytaster.system.running_version import running_version
from copytaster.system.sign_of_life import SignOfLife

log = structlog.get_logger(__name__)

INTERVAL = timedelta(seconds=5)
"""Time between two heartbeats. Four fit into ``SILENCE``, so that a single lost one does not raise an alarm."""


MEASURE_EVERY = timedelta(seconds=15)
"""How often the memory is measured: it takes about 1.3 ms of CPU time for each process."""

MEMORY = "memory_"
"""Prefix of the figures of memory in ``details``, before the name of a group of processes."""


class HeartbeatSender:
    """Builds and sends heartbeats; one that the server does not accept is logged, and the next one replaces it.

    ``processes`` names this process, its children and so on, whose memory is reported; see ``memory_by_level``.
    ``sign`` is given on this host with every heartbeat that the server accepts, while ``is_healthy`` returns True.
    """

    def __init__(  # noqa: PLR0913  # what differs between the parts
        self,
        presence: Presence,
        clock: Clock,
        *,
        part: Part,
        name: str,
        processes: Sequence[str] = (),
        sign: SignOfLife | None = None,
        is_healthy: Callable[[], bool] = lambda: True,
    ) -> None:
        self._presence = presence
        self._clock = clock
        self._part = part
        self._name = name
        self._host = socket.gethostname()
        self._started_at = clock.now()
        self._version = running_version()
        self._processes = processes
        self._sign = sign
        self._is_healthy = is_healthy
        if sign:
            sign.remove_left_ones()
        self._measuring = Interval(MEASURE_EVERY)
        self._memory: dict[str, int] = {}

    def beat(
        self,
        *,
        progress_at: datetime | None = None,
        unfinished: Sequence[UnfinishedFile] = (),
        **details: str | float | None,
    ) -> None:
        """Send a heartbeat; ``progress_at`` is when the part last finished work, ``details`` are its figures.

        ``unfinished`` are a watcher's unfinished files; the first ``MAX_UNFINISHED`` are sent.
        """
        if self._processes and self._measuring.has_passed(self._clock.now()):
            measured = memory_by_level(self._processes)
            self._memory = {MEMORY + name: size for name, size in measured.items()}
        figures = {"version": self._version, **self._memory, **details}
        try:
            self._presence.beat(
                Heartbeat(
                    part=self._part,
                    name=self._name,
                    host=self._host,
                    pid=os.getpid(),
                    started_at=self._started_at,
                    beat_at=self._clock.now(),
                    progress_at=progress_at,
                    details={name: _sendable(value) for name, value in figures.items()},
                    unfinished=tuple(unfinished[:MAX_UNFINISHED]),
                )
            )
        except TransientError as error:
            log.warning("heartbeat.failed", why=str(error))
            return
        if self._sign:
            self._sign.give() if self._is_healthy() else self._sign.withdraw()

    def leave(self) -> None:
        """Report that the part ends; otherwise the server forgets it a minute after its last heartbeat."""
        if self._sign:
            self._sign.withdraw()
        try:
            self._presence.leave(self._part, self._name)
        except TransientError as error:
            log.warning("heartbeat.failed", why=str(error))


def _sendable(value: str | float | None) -> str | float | None:
    """Return the value as JSON can have it: one name of a folder that is not UTF-8 must not stop the heartbeats."""
    return escape(value) if isinstance(value, str) else value
