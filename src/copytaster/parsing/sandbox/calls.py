"""Calls of a function in a sandboxed process that is started anew, not forked: for programs that have threads.

The process is a fresh Python, so that its memory holds no secret of the caller, and no lock of another thread. It
answers one call after another, and is replaced when it dies or does not answer in time.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import NoReturn, Protocol

from copytaster.errors import CopytasterError, TransientError
from copytaster.parsing.sandbox.limits import CpuLimit, SandboxLimits, apply_limits, protect_memory

LARGEST_MESSAGE = 128 * 1024
"""Bytes of a request and of an answer: a sidecar of 64 KB whose characters JSON escapes."""

CALLS_EACH = 20_000
"""Calls after which the process is replaced, so that leaks do not accumulate; a start costs as much as 5,000 calls."""

START_SECONDS = 30.0
"""A start takes half a second; on a machine that is busy with other starts it takes ten times as long."""

ENDING_SECONDS = 0.05
"""An idle process ends with its connection; one that dies closes it some microseconds before its status can be read."""

READY = b"ready"

ANSWER, OUT_OF_MEMORY, FAULT = b"a", b"m", b"f"
"""The first byte of a reply: an answer, or why there is none."""

Function = Callable[[bytes, int], bytes]
"""Takes a request and the descriptor of an open file, which it leaves open; returns the answer."""


class Calls(Protocol):
    """Calls a function with requests about open files."""

    def call(self, request: bytes, descriptor: int) -> bytes:
        """Return the answer to a request about an open file, whose descriptor stays open.

        Raises ``CallDiedError``, ``CallFaultError``, and ``TransientError`` if the call cannot be made now.
        """
        ...


class DirectCalls:
    """Calls a function in this process, without a sandbox: for the operator's own files, and for tests."""

    def __init__(self, function: Function) -> None:
        self._function = function

    def call(self, request: bytes, descriptor: int) -> bytes:
        """Return the answer; errors of the function pass. See ``Calls.call``."""
        return self._function(request, descriptor)


class CallDiedError(CopytasterError):
    """The process died, or was killed, during a call; the message says how."""


class CallFaultError(CopytasterError):
    """The function raised an error that it does not handle; the message names it."""


@dataclass(slots=True)
class _Running:
    """The process, the connection to it, what ends both, and the number of calls."""

    process: subprocess.Popen[bytes]
    line: socket.socket
    end: Callable[[], object]
    calls: int = 0


class SandboxedCalls:
    """Calls the function that ``module`` serves; calls of several threads are made one after another.

    ``wall`` is the longest time of a call. The process ends with this object. Cost: some 0.1 ms a call, half a second
    for a new process.
    """

    def __init__(self, module: str, limits: SandboxLimits, *, wall: timedelta) -> None:
        self._module = module
        self._limits = limits
        self._wall = wall.total_seconds()
        self._running: _Running | None = None
        self._lock = threading.Lock()

    def call(self, request: bytes, descriptor: int) -> bytes:
        """Return the answer; ``TransientError`` if the process does not start. See ``Calls.call``."""
        with self._lock:
            running = self._usable()
            running.calls += 1
            try:
                socket.send_fds(running.line, [request], [descriptor])
                reply = running.line.recv(LARGEST_MESSAGE + 1)
            except TimeoutError as error:
                self._end(running)
                raise CallDiedError(f"it did not end within {self._wall:g} s") from error
            except OSError:
                reply = b""
            return self._answer(running, reply)

    def start(self) -> None:
        """Start the process if none runs, so that the first call need not wait for it. Raises ``TransientError``."""
        with self._lock:
            self._usable()

    def close(self) -> None:
        """End the process."""
        with self._lock:
            if self._running:
                self._end(self._running)

    def _answer(self, running: _Running, reply: bytes) -> bytes:
        kind, content = reply[:1], reply[1:]
        if kind == ANSWER:
            return content
        if kind == FAULT:
            raise CallFaultError(content.decode(errors="replace"))
        status = self._end(running)
        if kind == OUT_OF_MEMORY:
            raise CallDiedError(f"it needed more than {self._limits.memory_bytes // 1024**2} MB of memory")
        if status == -signal.SIGXCPU:
            raise CallDiedError(f"it took more than {self._limits.cpu_seconds} s of CPU time")
        how = signal.Signals(-status).name if status < 0 else f"status {status}"
        raise CallDiedError(f"it killed the process that read it ({how})")

    def _usable(self) -> _Running:
        running = self._running
        # A process that died between two calls was not killed by the next file.
        if running and (running.calls >= CALLS_EACH or running.process.poll() is not None):
            self._end(running)
        if self._running is None:
            self._running = self._new()
        return self._running

    def _new(self) -> _Running:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        protect_memory()
        with theirs:
            options = json.dumps(asdict(self._limits))
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", self._module, str(theirs.fileno()), options],
                env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )
        running = _Running(process, ours, weakref.finalize(self, _stop, process, ours))
        ours.settimeout(START_SECONDS)
        try:
            ready = ours.recv(LARGEST_MESSAGE)
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
        ours.settimeout(self._wall)
        return running

    def _end(self, running: _Running) -> int:
        """Kill the process if it is alive, and return its exit status."""
        if self._running is running:
            self._running = None
        running.end()
        return running.process.wait()


def _stop(process: subprocess.Popen[bytes], line: socket.socket) -> None:
    """End a process: one that does not end with the connection is killed."""
    line.close()
    try:
        process.wait(ENDING_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def serve(arguments: Sequence[str], function: Function) -> NoReturn:
    """Answer calls until the caller closes the connection: the main program of a module for ``SandboxedCalls``.

    ``arguments`` are those of the command line. Modules that the function needs are imported before: afterwards this
    process opens no path but that of installed packages.
    """
    limits = SandboxLimits(**json.loads(arguments[1]))
    line = socket.socket(fileno=int(arguments[0]))
    # It ends with the connection; the thread that has started it may end much earlier.
    apply_limits(limits, keep=line.fileno(), ends_with_parent=False)
    cpu_limit = CpuLimit(limits)
    line.send(READY)
    while True:
        request, descriptors, _, _ = socket.recv_fds(line, LARGEST_MESSAGE, 1)
        if not request:
            os._exit(0)
        cpu_limit.renew()
        line.send(_reply(function, request, descriptors[0]))
        os.close(descriptors[0])


def _reply(function: Function, request: bytes, descriptor: int) -> bytes:
    try:
        answer = ANSWER + function(request, descriptor)
    except MemoryError:
        return OUT_OF_MEMORY
    # An error of a library on hostile bytes, of whatever class, is the answer to this call only.
    except Exception as error:  # noqa: BLE001
        return FAULT + f"{type(error).__name__}: {error}".encode(errors="replace")[:1_000]
    return answer if len(answer) <= LARGEST_MESSAGE else FAULT + b"the answer is too long"
