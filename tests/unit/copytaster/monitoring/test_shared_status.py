"""One reading of the status serves all who ask at about the same time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.errors import ServerUnavailableError
from copytaster.model.work import EmptyQueues
from copytaster.monitoring.shared_status import SharedStatus
from copytaster.monitoring.status import Status, read_status

DEADLINE = 30.0
"""Seconds that a thread may wait for another one, on a busy machine."""


@pytest.fixture
def read(clock: ManualClock) -> Callable[[], Status]:
    store = memory_store(clock)

    def read() -> Status:
        clock.advance(seconds=1)
        return read_status(store, EmptyQueues(), now=clock.now())

    return read


def test_a_status_is_returned_again_until_it_is_too_old(read: Callable[[], Status]) -> None:
    times = iter([10.0, 10.0, 10.0, 10.5, 10.5, 10.6, 10.6, 10.6])
    shared = SharedStatus(read, seconds=0.5, monotonic=lambda: next(times))

    first, second, third = shared.read(), shared.read(), shared.read()

    assert second is first
    assert third.at > first.at


def test_without_an_age_each_request_has_its_own_status(read: Callable[[], Status]) -> None:
    times = iter(range(10))
    shared = SharedStatus(read, seconds=0, monotonic=lambda: next(times))

    assert shared.read().at < shared.read().at


def test_whoever_asks_during_a_reading_waits_for_it(read: Callable[[], Status]) -> None:
    readings, begun, may_end = list[Status](), threading.Event(), threading.Event()

    def slowly() -> Status:
        begun.set()
        may_end.wait(DEADLINE)
        readings.append(read())
        return readings[-1]

    shared = SharedStatus(slowly, seconds=DEADLINE)
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(shared.read)
        begun.wait(DEADLINE)
        others = [pool.submit(shared.read) for _ in range(2)]
        may_end.set()
        found = {id(each.result(DEADLINE)) for each in (first, *others)}

    assert found == {id(readings[0])}
    assert shared.fresh is readings[0]


def test_an_error_is_not_shared(read: Callable[[], Status]) -> None:
    answers = iter([ServerUnavailableError("the server hangs"), None])

    def read_or_fail() -> Status:
        if error := next(answers):
            raise error
        return read()

    shared = SharedStatus(read_or_fail, seconds=DEADLINE)
    with pytest.raises(ServerUnavailableError):
        shared.read()

    assert shared.fresh is None
    assert shared.read() is shared.fresh


def test_a_status_that_will_soon_be_too_old_is_renewed_once(read: Callable[[], Status]) -> None:
    now = [10.0]
    shared = SharedStatus(read, seconds=0.5, monotonic=lambda: now[0])
    first = shared.read()
    shared.renew()
    early = shared.fresh, shared.is_due
    now[0] = 10.3
    late = shared.fresh, shared.is_due
    shared.renew()

    assert (early, late) == ((first, False), (first, True))
    assert shared.fresh is not first
    assert not shared.is_due
