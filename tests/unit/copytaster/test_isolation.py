from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from copytaster.delivery import Outcome
from copytaster.disposition import Disposition, Reason
from copytaster.errors import PermanentError, RefusedError, TransientError
from copytaster.isolation import ForkedIsolation, Isolation, NoIsolation

STORED = Outcome(disposition=Disposition.STORED, message="done")

MEBIBYTE = 1024 * 1024


@pytest.fixture
def forked() -> ForkedIsolation:
    return ForkedIsolation(wall=timedelta(seconds=20), memory_bytes=64 * MEBIBYTE)


def die() -> Outcome:
    os.kill(os.getpid(), signal.SIGKILL)
    return STORED


def refused(isolation: Isolation, work: Callable[[], Outcome]) -> PermanentError:
    with pytest.raises(PermanentError) as caught:
        isolation.run(work, about="wire/poison.txt")
    return caught.value


@pytest.mark.parametrize(
    "isolation", [NoIsolation(), ForkedIsolation(wall=timedelta(seconds=20), memory_bytes=MEBIBYTE)]
)
def test_the_outcome_comes_back(isolation: Isolation) -> None:
    assert isolation.run(lambda: STORED, about="wire/story.txt") == STORED


def test_the_work_runs_in_another_process(forked: ForkedIsolation) -> None:
    def who() -> Outcome:
        return STORED.model_copy(update={"message": str(os.getpid())})

    assert forked.run(who, about="wire/story.txt").message != str(os.getpid())


def test_a_permanent_error_keeps_its_reason(forked: ForkedIsolation) -> None:
    def fail() -> Outcome:
        raise PermanentError(Reason.NO_TEXT, "there is nothing to read")

    error = refused(forked, fail)

    assert (error.reason, error.message) == (Reason.NO_TEXT, "there is nothing to read")


@pytest.mark.parametrize("kind", [TransientError, ZeroDivisionError])
def test_other_errors_are_worth_another_try(forked: ForkedIsolation, kind: type[Exception]) -> None:
    def fail() -> Outcome:
        raise kind("the server is away")

    with pytest.raises(TransientError, match="the server is away"):
        forked.run(fail, about="wire/story.txt")


def test_a_process_that_dies_is_told_with_its_signal(forked: ForkedIsolation) -> None:
    error = refused(forked, die)

    assert error.reason is Reason.PARSER_CRASH
    assert error.message == "wire/poison.txt killed the process that read it (SIGKILL)"


def test_a_process_that_leaves_without_a_word_is_a_crash(forked: ForkedIsolation) -> None:
    assert refused(forked, lambda: os._exit(0)).reason is Reason.PARSER_CRASH


def test_a_process_that_does_not_end_is_ended() -> None:
    def sleep() -> Outcome:
        time.sleep(600)
        return STORED

    error = refused(ForkedIsolation(wall=timedelta(seconds=0.2), memory_bytes=MEBIBYTE), sleep)

    assert error.reason is Reason.PARSER_TIMEOUT
    assert "for 0.2 s" in error.message


def test_a_process_that_wants_too_much_memory_is_refused_it(forked: ForkedIsolation) -> None:
    def devour() -> Outcome:
        return STORED.model_copy(update={"message": str(len(bytearray(256 * MEBIBYTE)))})

    error = refused(forked, devour)

    assert error.reason is Reason.PARSER_OOM
    assert error.message == "wire/poison.txt takes more memory than the 64 MiB that a suspect may have"


def test_a_refusal_by_a_rule_stays_one(forked: ForkedIsolation) -> None:
    def refuse() -> Outcome:
        raise RefusedError(Reason.NO_TEXT, "there is nothing to read")

    assert isinstance(refused(forked, refuse), RefusedError)


def test_no_process_is_left_behind(forked: ForkedIsolation, tmp_path: Path) -> None:
    def die_named() -> Outcome:
        (tmp_path / "pid").write_text(str(os.getpid()))
        return die()

    refused(forked, die_named)

    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)
