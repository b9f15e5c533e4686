"""A sandboxed process that answers calls: what the function does there hurts nothing but the call."""

from __future__ import annotations

import gc
import os
import resource
import signal
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from copytaster.errors import ProcessKilledError, TransientError
from copytaster.parsing.sandbox.call_messages import MAX_CALLS
from copytaster.parsing.sandbox.calls import Call, CallDiedError, CallFaultError, DirectCalls, SandboxedCalls
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
        (b"abort", r"it killed the process that read it \(SIGABRT\)"),
        (b"exit 3", r"it killed the process that read it \(status 3\)"),
    ],
)
def test_a_death_is_reported_with_its_cause_and_the_next_call_has_a_new_process(
    calls: SandboxedCalls, file: int, request_: bytes, how: str
) -> None:
    before = calls.call(b"pid", file)

    with pytest.raises(CallDiedError, match=how):
        calls.call(request_, file)

    assert calls.call(b"pid", file) != before


def test_a_process_that_is_killed_from_outside_is_not_blamed_on_the_file(calls: SandboxedCalls, file: int) -> None:
    with pytest.raises(ProcessKilledError, match=r"killed from outside .SIGKILL.; did the machine run out of memory"):
        calls.call(b"kill", file)

    assert calls.call(b"read", file) == b"content"


def test_calls_that_are_made_together_have_their_replies_in_order(calls: SandboxedCalls, file: int) -> None:
    requests = [b"read", b"fault of mine", *[f"echo {number}".encode() for number in range(MAX_CALLS - 2)]]

    replies = calls.call_each([Call(each, file) for each in requests])

    assert replies[0] == b"content"
    assert isinstance(replies[1], CallFaultError)
    assert str(replies[1]) == "ZeroDivisionError: of mine"
    assert replies[2:] == [str(number).encode() for number in range(MAX_CALLS - 2)]


@pytest.mark.parametrize("request_", [b"memory", b"sleep", b"abort", b"spin", b"kill"])
@pytest.mark.parametrize("at", [0, 2, 4])
def test_a_death_among_calls_that_are_made_together_is_that_of_one_call(file: int, request_: bytes, at: int) -> None:
    requests = [b"read"] * at + [request_] + [b"read"] * (4 - at)
    with closing(SandboxedCalls(MODULE, LIMITS, wall=timedelta(seconds=2.5))) as calls:
        replies = calls.call_each([Call(each, file) for each in requests])
        again = calls.call_each([Call(each, file) for each in requests if each != request_])

    assert isinstance(replies[at], CallDiedError | ProcessKilledError)
    assert {each for number, each in enumerate(replies) if number != at} <= {None, b"content"}
    assert again == [b"content"] * 4


def test_calls_that_would_take_long_together_are_left_for_the_next_time(calls: SandboxedCalls, file: int) -> None:
    replies = calls.call_each([Call(b"pause", file)] * 3)

    assert replies == [b"", None, None]


@pytest.mark.parametrize("request_", [b"large", b"echo " + b"x" * 30_000])
def test_calls_that_do_not_fit_in_a_message_are_left_for_the_next_time(
    calls: SandboxedCalls, file: int, request_: bytes
) -> None:
    replies = calls.call_each([Call(request_, file)] * 3)

    assert isinstance(replies[0], bytes)
    assert len(replies[0]) > 20_000
    assert replies[2] is None


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


def test_a_function_that_can_open_no_file_is_an_outage_and_its_answer_is_not_used(
    calls: SandboxedCalls, file: int
) -> None:
    with pytest.raises(TransientError, match="this process has too many open files; raise its limit"):
        calls.call_each([Call(b"read", file), Call(b"fill", file), Call(b"read", file)])

    assert calls.call(b"read", file) == b"content"


@pytest.mark.parametrize("count", [1, 3])
def test_a_process_that_cannot_receive_the_open_file_is_an_outage(calls: SandboxedCalls, file: int, count: int) -> None:
    resource.prlimit(int(calls.call(b"pid", file)), resource.RLIMIT_NOFILE, (0, 64))

    with pytest.raises(TransientError, match="this process has too many open files; raise its limit"):
        calls.call_each([Call(b"read", file)] * count)

    assert calls.call(b"read", file) == b"content"


def test_a_caller_that_can_open_no_file_reports_an_outage(calls: SandboxedCalls, file: int) -> None:
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, limits[1]))
    try:
        with pytest.raises(TransientError, match=r"cannot start the sandboxed process .* too many open files"):
            calls.call(b"read", file)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)

    assert calls.call(b"read", file) == b"content"


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
