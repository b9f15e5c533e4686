"""The status for requests: shared by those of half a second, and never behind the threads that other requests hold."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from anyio import CapacityLimiter
from anyio.to_thread import run_sync

from copytaster.errors import TransientError
from copytaster.monitoring.shared_status import SharedStatus
from copytaster.monitoring.status import Status


class StatusReading:
    """The status for requests that run in a thread, and for health checks, which have one thread of their own."""

    def __init__(self, shared: SharedStatus) -> None:
        self._shared = shared
        self._thread = CapacityLimiter(1)
        self._renewal: asyncio.Task[None] | None = None

    def read(self) -> Status:
        """Return the status; blocks while it is read."""
        return self._shared.read()

    async def read_apart(self) -> Status:
        """Return the status, at once if a fresh one is known; one that will soon be too old is renewed meanwhile.

        So a health check that comes several times in half a second never waits for the server.
        """
        if (fresh := self._shared.fresh) is not None:
            if self._shared.is_due and (self._renewal is None or self._renewal.done()):
                self._renewal = asyncio.create_task(self._renew())
            return fresh
        return await run_sync(self._shared.read, limiter=self._thread)

    async def _renew(self) -> None:
        with suppress(TransientError):  # whoever finds no fresh status reads it, and gets the error
            await run_sync(self._shared.renew, limiter=self._thread)
