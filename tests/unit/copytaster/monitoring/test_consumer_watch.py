from __future__ import annotations

from dataclasses import dataclass

import pytest

from copytaster.clock import ManualClock
from copytaster.errors import ChangesRefusedError, ServerUnavailableError
from copytaster.model.work import QueueDepth, Work
from copytaster.monitoring.consumer_watch import EVERY, ConsumerWatch


@dataclass(slots=True)
class Broker:
    """A broker whose oldest message has an age, or that is away."""

    age: float | None = None
    is_away: bool = False
    refuses: bool = False

    def depth(self, work: Work) -> QueueDepth:
        if self.is_away:
            raise ServerUnavailableError("away")
        return QueueDepth(name=work, length=1, unacknowledged=0, oldest_seconds=self.age)

    def check_writes(self) -> None:
        if self.refuses:
            raise ChangesRefusedError("MISCONF")


@pytest.fixture
def broker() -> Broker:
    return Broker()


def look(watch: ConsumerWatch, clock: ManualClock, *, seconds: int, beats: bool = True, busy: bool = False) -> str:
    """Look as often as in this time, and return the last finding."""
    beat_at, found = clock.now(), None
    for _ in range(seconds // int(EVERY.total_seconds())):
        clock.advance(seconds=EVERY.total_seconds())
        found = watch.find_fault(beat_at=clock.now() if beats else beat_at, is_busy=busy)
    return found or ""


def test_a_loop_that_stands_still_is_a_fault_after_half_a_minute(broker: Broker, clock: ManualClock) -> None:
    watch = ConsumerWatch(broker, [Work.INGEST], clock)

    assert look(watch, clock, seconds=30, beats=False) == ""
    assert "stood still" in look(watch, clock, seconds=35, beats=False)


def test_an_idle_worker_is_at_fault_only_while_messages_wait(broker: Broker, clock: ManualClock) -> None:
    watch = ConsumerWatch(broker, [Work.INGEST, Work.TAG], clock)

    assert look(watch, clock, seconds=600) == ""
    broker.age = 6
    assert look(watch, clock, seconds=600, busy=True) == ""
    assert look(watch, clock, seconds=30) == ""
    assert "fetched nothing" in look(watch, clock, seconds=35)


@pytest.mark.parametrize("state", ["is_away", "refuses"])
def test_the_time_in_which_the_broker_is_out_of_order_does_not_count(
    state: str, broker: Broker, clock: ManualClock
) -> None:
    watch = ConsumerWatch(broker, [Work.INGEST], clock)
    broker.age = 500
    setattr(broker, state, True)

    assert look(watch, clock, seconds=600, beats=False) == ""
    setattr(broker, state, False)
    assert look(watch, clock, seconds=25, beats=False) == ""
    assert look(watch, clock, seconds=10, beats=False)


def test_the_time_in_which_the_process_itself_was_stopped_does_not_count(broker: Broker, clock: ManualClock) -> None:
    watch = ConsumerWatch(broker, [Work.INGEST], clock)
    broker.age = 500

    assert look(watch, clock, seconds=25, beats=False) == ""
    clock.advance(seconds=600)
    assert look(watch, clock, seconds=25, beats=False) == ""
    assert look(watch, clock, seconds=40, beats=False)
