"""The status for requests: shared by those of half a second, and never behind the threads that other requests hold."""

from __future__ import annotations

from anyio import CapacityLimiter
from anyio.to_thread import run_sync

from copytaster.monitoring.shared_status import SharedStatus
from copytaster.monitoring.status import Status


class StatusReading:
    """The status for requests that run in a thread, and for health checks, which have one thread of their own."""

    def __init__(self, shared: SharedStatus) -> None:
        self._shared = shared
        self._thread = CapacityLimiter(1)

    def read(self) -> Status:
        """Return the status; blocks while it is read."""
        return self._shared.read()

    async def read_apart(self) -> Status:
        """Return the status, at once if a fresh one is known."""
        if (fresh := self._shared.fresh) is not None:
            return fresh
        return await run_sync(self._shared.read, limiter=self._thread)
