"""Sends the heartbeats of one process to the store."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from copytaster.clock import Clock
from copytaster.errors import TransientError
from copytaster.store.ports.presence import MAX_UNFINISHED, Heartbeat, Part, Presence, UnfinishedFile
from copytaster.system.running_version import running_version

log = structlog.get_logger(__name__)

INTERVAL = timedelta(seconds=5)
"""Time between two heartbeats. Four fit into ``SILENCE``, so that a single lost one does not raise an alarm."""


class HeartbeatSender:
    """Builds and sends heartbeats; one that the server does not accept is logged, and the next one replaces it."""

    def __init__(self, presence: Presence, clock: Clock, *, part: Part, name: str) -> None:
        self._presence = presence
        self._clock = clock
        self._part = part
        self._name = name
        self._host = socket.gethostname()
        self._started_at = clock.now()
        self._version = running_version()

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
                    details={"version": self._version, **details},
                    unfinished=tuple(unfinished[:MAX_UNFINISHED]),
                )
            )
        except TransientError as error:
            log.warning("heartbeat.failed", why=str(error))

    def leave(self) -> None:
        """Report that the part ends; otherwise the server forgets it a minute after its last heartbeat."""
        try:
            self._presence.leave(self._part, self._name)
        except TransientError as error:
            log.warning("heartbeat.failed", why=str(error))
