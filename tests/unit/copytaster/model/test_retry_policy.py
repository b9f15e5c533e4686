from __future__ import annotations

import errno
import random
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copytaster.errors import PermanentError, ProcessKilledError, RefusedError, TransientError
from copytaster.model.disposition import Reason
from copytaster.model.retry_policy import JITTER, LONGEST_DELAY, RULES, Backoff, Failure, failure_of

FIRST = timedelta(seconds=5)


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (RefusedError(Reason.NO_TEXT, "no article"), Failure.REFUSED),
        (PermanentError(Reason.PARSE_FAILED, "broken"), Failure.PERMANENT),
        (TransientError("away"), Failure.OUTAGE),
        (ProcessKilledError("SIGKILL"), Failure.KILLED),
        (OSError(errno.ENOSPC, "no space left"), Failure.OUTAGE),
        (OSError(errno.EMFILE, "too many open files"), Failure.OUTAGE),
        (BlockingIOError(errno.EAGAIN, "no more processes"), Failure.OUTAGE),
        (FileNotFoundError(errno.ENOENT, "no such file"), Failure.FAULT),
        (ImportError("_etree.so: cannot open shared object file: Too many open files"), Failure.OUTAGE),
        (ImportError("cannot import name 'tables'"), Failure.FAULT),
        (MemoryError(), Failure.FAULT),
        (ZeroDivisionError(), Failure.FAULT),
    ],
)
def test_each_error_is_one_kind_of_failure(error: Exception, failure: Failure) -> None:
    assert failure_of(error) is failure


def test_every_failure_has_a_rule_and_permanent_ones_are_never_retried() -> None:
    assert {each for each in Failure if not RULES[each].retried} == {Failure.REFUSED, Failure.PERMANENT}
    assert {each for each in Failure if RULES[each].is_fault} == {Failure.FAULT, Failure.KILLED, Failure.DEATH}


def test_delays_double_up_to_the_longest() -> None:
    backoff = Backoff(first=FIRST, jitter=lambda: 0.0)

    assert [backoff.after(attempt).total_seconds() for attempt in (1, 2, 3, 4)] == [5, 10, 20, 40]
    assert backoff.after(10) == backoff.after(10_000) == LONGEST_DELAY


def test_the_random_source_decides_how_much_longer_a_delay_is() -> None:
    one, same, other = (Backoff(first=FIRST, jitter=random.Random(seed).random) for seed in (1, 1, 2))

    assert one.after(3) == same.after(3) != other.after(3)


@given(attempt=st.integers(1, 1_000_000), chance=st.floats(0, 1, exclude_max=True))
def test_a_delay_is_never_shorter_than_nominal_and_half_as_much_longer_at_most(attempt: int, chance: float) -> None:
    nominal = Backoff(first=FIRST, jitter=lambda: 0.0).after(attempt)
    delay = Backoff(first=FIRST, jitter=lambda: chance).after(attempt)

    assert nominal <= delay <= nominal * (1 + JITTER)
