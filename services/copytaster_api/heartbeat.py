"""Heartbeats of a running status API."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Self

from copytaster.clock import Clock
from copytaster.monitoring.heartbeat import INTERVAL, HeartbeatSender
from copytaster.store.ports.presence import Part, Presence


class ApiHeartbeat:
    """A context in which a thread sends heartbeats for this process; leaving it reports that the part ends."""

    def __init__(self, presence: Presence, clock: Clock, *, name: str, every: float = INTERVAL.total_seconds()) -> None:
        self._sender = HeartbeatSender(presence, clock, part=Part.API, name=name)
        self._every = every
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        """Start the thread."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the thread and report the end."""
        self._stopped.set()
        self._thread.join()
        self._sender.leave()

    def _run(self) -> None:
        self._sender.beat()
        while not self._stopped.wait(self._every):
            self._sender.beat()
