"""A sandboxed process that answers calls: what the function does there hurts nothing but the call."""

from __future__ import annotations

import gc
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from copytaster.errors import TransientError
from copytaster.parsing.sandbox.calls import CallDiedError, CallFaultError, DirectCalls, SandboxedCalls
from copytaster.parsing.sandbox.limits import SandboxLimits
from tests.integration.called_function import answer

if TYPE_CHECKING:
    from tests.conftest import Waiter

MODULE = "tests.integration.called_function"
LIMITS = SandboxLimits(memory_bytes=64 * 1024 * 1024, cpu_seconds=1)


class File:
    """An open file for calls."""

    def __init__(self, path: Path) -> None:
        path.write_bytes(b"content")
        self.descriptor = os.open(path, os.O_RDONLY)


@pytest.fixture
def file(tmp_path: Path) -> Iterator[int]:
    opened = File(tmp_path / "file")
    yield opened.descriptor
    os.close(opened.descriptor)


@pytest.fixture
def calls() -> Iterator[SandboxedCalls]:
    with closing(SandboxedCalls(MODULE, LIMITS, wall=timedelta(seconds=4))) as running:
        yield running


def test_both_kinds_of_calls_return_the_answer(calls: SandboxedCalls, file: int) -> None:
    assert calls.call(b"read", file) == DirectCalls(answer).call(b"read", file) == b"content"


def test_one_process_answers_many_calls_of_several_threads(calls: SandboxedCalls, file: int) -> None:
    pids = set[bytes]()

    def call() -> None:
        pids.update(calls.call(b"pid", file) for _ in range(50))

    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(pids) == 1


@pytest.mark.parametrize(
    ("request_", "how"),
    [
        (b"memory", "it needed more than 64 MB of memory"),
        (b"sleep", "it did not end within 4 s"),
        (b"die", r"it killed the process that read it \(SIGKILL\)"),
    ],
)
def test_a_death_is_reported_with_its_cause_and_the_next_call_has_a_new_process(
    calls: SandboxedCalls, file: int, request_: bytes, how: str
) -> None:
    before = calls.call(b"pid", file)

    with pytest.raises(CallDiedError, match=how):
        calls.call(request_, file)

    assert calls.call(b"pid", file) != before


def test_a_call_that_uses_too_much_cpu_time_is_ended_by_the_kernel(file: int) -> None:
    with (
        closing(SandboxedCalls(MODULE, LIMITS, wall=timedelta(seconds=60))) as calls,
        pytest.raises(CallDiedError, match="it took more than 1 s of CPU time"),
    ):
        calls.call(b"spin", file)


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (b"fault of mine", "ZeroDivisionError: of mine"),
        (b"long", "the answer is too long"),
        (b"open /etc/passwd", "PermissionError"),
    ],
)
def test_a_fault_of_the_function_ends_the_call_and_not_the_process(
    calls: SandboxedCalls, file: int, request_: bytes, message: str
) -> None:
    before = calls.call(b"pid", file)

    with pytest.raises(CallFaultError, match=message):
        calls.call(request_, file)

    assert calls.call(b"pid", file) == before


def test_the_process_has_no_variable_of_its_caller(
    calls: SandboxedCalls, file: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COPYTASTER_REDIS_URL", "redis://:secret@localhost")

    assert calls.call(b"environment", file) == b"{}"


def test_a_process_that_died_between_two_calls_is_replaced(calls: SandboxedCalls, file: int, wait: Waiter) -> None:
    pid = int(calls.call(b"pid", file))
    os.kill(pid, signal.SIGKILL)
    wait(lambda: Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z", seconds=5)

    assert int(calls.call(b"pid", file)) != pid


def test_the_process_ends_with_its_object(file: int) -> None:
    calls = SandboxedCalls(MODULE, LIMITS, wall=timedelta(seconds=4))
    pid = int(calls.call(b"pid", file))

    del calls
    gc.collect()

    assert not Path(f"/proc/{pid}").exists()


def test_a_program_that_does_not_start_is_an_error_of_the_installation(file: int) -> None:
    with (
        closing(SandboxedCalls("tests.integration.no_such_module", LIMITS, wall=timedelta(seconds=4))) as calls,
        pytest.raises(TransientError, match="does not start"),
    ):
        calls.call(b"read", file)
