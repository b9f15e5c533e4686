from __future__ import annotations

from datetime import timedelta

from copytaster.clock import Interval, ManualClock


def test_an_interval_has_passed_at_first_and_then_once_in_its_length() -> None:
    clock, interval = ManualClock(), Interval(timedelta(seconds=3))
    passed = []
    for _ in range(7):
        passed.append(interval.has_passed(clock.now()))
        clock.advance(seconds=1)

    assert passed == [True, False, False, True, False, False, True]


def test_an_interval_has_passed_at_once_when_the_clock_was_set_back() -> None:
    clock, interval = ManualClock(), Interval(timedelta(seconds=3))
    assert interval.has_passed(clock.now())
    clock.advance(seconds=-1)

    assert interval.has_passed(clock.now())
    assert not interval.has_passed(clock.now())
