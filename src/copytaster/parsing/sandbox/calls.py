"""Calls of a function in a sandboxed process that is started anew, not forked: for programs that have threads.

The process is a fresh Python, so that its memory holds no secret of the caller, and no lock of another thread. It
answers one call after another, and is replaced when it dies or does not answer in time.
"""

from __future__ import annotations

import errno
import json
import os
import socket
import struct
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import NamedTuple, Protocol

from copytaster.errors import CopytasterError, ProcessKilledError, TransientError, outage_error
from copytaster.model.outage import Resource
from copytaster.parsing.sandbox.call_messages import (
    ANSWER,
    FAULT,
    LENGTH,
    MAX_CALLS,
    MAX_REPLY_BYTES,
    MAX_REQUEST_BYTES,
    NO_DESCRIPTOR,
    OUT_OF_MEMORY,
    READY,
    pack,
    unpack,
)
from copytaster.parsing.sandbox.call_server import Function
from copytaster.parsing.sandbox.limits import SandboxLimits, protect_memory
from copytaster.parsing.sandbox.process_deaths import Death, death_of, describe_exit
from copytaster.parsing.sandbox.progress import CallProgress

CALLS_EACH = 20_000
"""Calls after which the process is replaced, so that leaks do not accumulate; a start costs as much as 1,000 calls."""

START_SECONDS = 30.0
"""A start takes half a second; on a machine that is busy with other starts it takes ten times as long."""

ENDING_SECONDS = 0.05
"""An idle process ends with its connection; one that dies closes it some microseconds before its status can be read."""


class CallDiedError(CopytasterError):
    """The process died, or was ended, because of a call; the message says how."""


class CallFaultError(CopytasterError):
    """The function raised an error that it does not handle; the message names it."""


class Call(NamedTuple):
    """A request about an open file, whose descriptor stays open."""

    request: bytes
    descriptor: int


Reply = bytes | CallDiedError | CallFaultError | ProcessKilledError
"""The answer to a call, or why there is none. With ``ProcessKilledError`` the process was killed from outside."""


class Calls(Protocol):
    """Calls a function with requests about open files."""

    def call_each(self, calls: Sequence[Call]) -> list[Reply | None]:
        """Return the replies to at most ``MAX_CALLS`` calls, in order; None for those that have to be made again.

        A single call always has a reply. After a death the calls that have none were not its cause. Raises
        ``TransientError`` if no call can be made now.
        """
        ...

    def call(self, request: bytes, descriptor: int) -> bytes:
        """Return the answer to a request about an open file, whose descriptor stays open.

        Raises ``CallDiedError``, ``CallFaultError``, and ``TransientError`` if the call cannot be made now or the
        process was killed from outside.
        """
        (reply,) = self.call_each([Call(request, descriptor)])
        if isinstance(reply, bytes):
            return reply
        raise reply or CallFaultError("the process did not reply")


class DirectCalls(Calls):
    """Calls a function in this process, without a sandbox: for the operator's own files, and for tests."""

    def __init__(self, function: Function) -> None:
        self._function = function

    def call_each(self, calls: Sequence[Call]) -> list[Reply | None]:
        """Return the answers; errors of the function pass. See ``Calls.call_each``."""
        return [self._function(request, descriptor) for request, descriptor in calls]


@dataclass(slots=True)
class _Running:
    """The process, the connection to it, what ends both, and the number of calls."""

    process: subprocess.Popen[bytes]
    line: socket.socket
    end: Callable[[], object]
    calls: int = 0


class SandboxedCalls(Calls):
    """Calls the function that ``module`` serves; calls of several threads are made one after another.

    ``wall`` is the longest time of a call, and of several that are made together. ``progress`` notes which of them is
    being answered. The process ends with this object. Cost: some 0.5 ms for calls that are made together, and half a
    second for a new process.
    """

    def __init__(
        self, module: str, limits: SandboxLimits, *, wall: timedelta, progress: CallProgress | None = None
    ) -> None:
        self._module = module
        self._limits = limits
        self._wall = wall.total_seconds()
        self.progress = progress or CallProgress.create()
        """Which of the calls that are made together is being answered."""
        self._running: _Running | None = None
        self._lock = threading.Lock()
        self._buffer = memoryview(bytearray(MAX_REPLY_BYTES))

    def call_each(self, calls: Sequence[Call]) -> list[Reply | None]:
        """Return the replies; ``TransientError`` if the process does not start. See ``Calls.call_each``."""
        sent = _first_message(calls)
        with self._lock:
            running = self._send(sent)
            death: CallDiedError | ProcessKilledError | None = None
            replies = list[Reply | None]()
            try:
                replies += self._received(running)
            except BlockingIOError:
                self._end(running)
                death = CallDiedError(f"it did not end within {self._wall:g} s")
            except OSError:
                death = self._death(running)
            except ValueError as error:
                self._end(running)
                death = CallDiedError(f"it damaged the reply: {error}")
            replies = replies[: len(sent)]
            replies += [None] * (len(calls) - len(replies))
            suspect = 0 if len(calls) == 1 else self.progress.index(len(sent))
            if death and suspect is not None:
                replies[suspect] = death
            self.progress.end()
            return replies

    def start(self) -> None:
        """Start the process if none runs, so that the first call need not wait for it. Raises ``TransientError``."""
        with self._lock:
            self._usable()

    def close(self) -> None:
        """End the process."""
        with self._lock:
            if self._running:
                self._end(self._running)

    def _send(self, calls: Sequence[Call]) -> _Running:
        message, descriptors = pack(each.request for each in calls), [each.descriptor for each in calls]
        running = self._usable()
        try:
            socket.send_fds(running.line, [message], descriptors)
        except OSError:  # it died between two calls, which is not the fault of this file
            self._end(running)
            running = self._usable()
            socket.send_fds(running.line, [message], descriptors)
        running.calls += len(calls)
        return running

    def _received(self, running: _Running) -> list[Reply]:
        """Return the replies of a message.

        Raises ``BlockingIOError`` in the end, ``OSError``, ``ValueError``, and ``TransientError`` if the process can
        open no file.
        """
        size = running.line.recv_into(self._buffer)
        if not size:
            raise ConnectionError
        replies = list[Reply]()
        for reply in unpack(self._buffer[:size]):
            kind, content = reply[:1], reply[1:]
            if kind == ANSWER:
                replies.append(content)
            elif kind == FAULT:
                replies.append(CallFaultError(content.decode(errors="replace")))
            elif kind == OUT_OF_MEMORY:
                self._end(running)
                megabytes = self._limits.memory_bytes // 1024**2
                replies.append(CallDiedError(f"it needed more than {megabytes} MB of memory"))
            elif kind == NO_DESCRIPTOR:
                self._end(running)  # a new one has the limit of this process
                full = OSError(errno.EMFILE, os.strerror(errno.EMFILE))
                raise _outage(f"call the sandboxed process {self._module}", full)
            else:
                raise ValueError("a reply of no known kind")
        return replies

    def _death(self, running: _Running) -> CallDiedError | ProcessKilledError:
        exitcode = self._end(running)
        match death_of(exitcode):
            case Death.CPU_TIME:
                return CallDiedError(f"it took more than {self._limits.cpu_seconds} s of CPU time")
            case Death.CRASH:
                return CallDiedError(f"it killed the process that read it ({describe_exit(exitcode)})")
            case Death.OUTSIDE:
                how = f"the process that read it was killed from outside ({describe_exit(exitcode)})"
                return ProcessKilledError(f"{how}; did the machine run out of memory?")

    def _usable(self) -> _Running:
        running = self._running
        if running and running.calls >= CALLS_EACH:
            self._end(running)
        if self._running is None:
            try:
                self._running = self._new()
            except OSError as error:  # this process has no descriptors left, or no process may be started
                raise _outage(f"start the sandboxed process {self._module}", error) from error
        return self._running

    def _new(self) -> _Running:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        protect_memory()
        with theirs:
            options = json.dumps(asdict(self._limits))
            shared = [theirs.fileno(), self.progress.descriptor]
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", self._module, *map(str, shared), options],
                env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=shared,
            )
        running = _Running(process, ours, weakref.finalize(self, _stop, process, ours))
        ours.settimeout(START_SECONDS)
        try:
            ready = ours.recv(len(READY))
        except TimeoutError as error:
            self._end(running)
            message = f"the sandboxed process {self._module} has not started within {START_SECONDS:g} s; trying again"
            raise TransientError(message) from error
        except OSError:
            ready = b""
        if ready != READY:
            status = self._end(running)
            raise TransientError(
                f"the sandboxed process {self._module} does not start (status {status}): the lines above say why"
            )
        # A timeout of the kernel, which costs a system call less for each call than one of Python.
        seconds, fraction = divmod(self._wall, 1)
        ours.settimeout(None)
        ours.setsockopt(
            socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("@ll", int(seconds), int(fraction * 1_000_000))
        )
        return running

    def _end(self, running: _Running) -> int:
        """Kill the process if it is alive, and return its exit status."""
        if self._running is running:
            self._running = None
        running.end()
        return running.process.wait()


def _outage(doing: str, error: OSError) -> TransientError:
    return outage_error(doing, error, resource=Resource.WORKER)


def _first_message(calls: Sequence[Call]) -> Sequence[Call]:
    """Return the first calls, as many as one message holds."""
    size = 0
    for number, call in enumerate(calls[:MAX_CALLS]):
        size += len(call.request) + LENGTH.size
        if number and size > MAX_REQUEST_BYTES:
            return calls[:number]
    return calls[:MAX_CALLS]


def _stop(process: subprocess.Popen[bytes], line: socket.socket) -> None:
    """End a process: one that does not end with the connection is killed."""
    line.close()
    try:
        process.wait(ENDING_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
