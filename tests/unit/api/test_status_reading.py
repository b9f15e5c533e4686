"""Health checks that come often never wait for the server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.errors import ServerUnavailableError
from copytaster.model.work import EmptyQueues
from copytaster.monitoring.shared_status import SharedStatus
from copytaster.monitoring.status import Status, read_status
from copytaster_api.status_reading import StatusReading


class Readings:
    """Counts the readings; fails if told so."""

    def __init__(self, clock: ManualClock) -> None:
        self.now, self.count, self.fails = 10.0, 0, False
        store = memory_store(clock)
        self._read: Callable[[], Status] = lambda: read_status(store, EmptyQueues(), now=clock.now())
        self.reading = StatusReading(SharedStatus(self.read, seconds=0.5, monotonic=lambda: self.now))

    def read(self) -> Status:
        """Return the status."""
        self.count += 1
        if self.fails:
            raise ServerUnavailableError("no answer")
        return self._read()


@pytest.fixture
def readings(clock: ManualClock) -> Readings:
    return Readings(clock)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110  # nothing signals it
            await asyncio.sleep(0)


def test_a_status_is_renewed_while_the_former_one_is_still_returned(readings: Readings) -> None:
    async def check() -> None:
        first = await readings.reading.read_apart()
        readings.now = 10.4
        assert [await readings.reading.read_apart() for _ in range(3)] == [first] * 3
        await until(lambda: readings.count == 2)
        readings.now = 10.8
        await readings.reading.read_apart()

        assert readings.count == 2  # that of 10.4 is fresh

    asyncio.run(check())


def test_a_failed_renewal_is_reported_to_whoever_finds_no_fresh_status(readings: Readings) -> None:
    async def check() -> None:
        first = await readings.reading.read_apart()
        readings.now, readings.fails = 10.4, True
        assert await readings.reading.read_apart() is first
        await until(lambda: readings.count == 2)
        readings.now = 10.6
        with pytest.raises(ServerUnavailableError):
            await readings.reading.read_apart()

    asyncio.run(check())
