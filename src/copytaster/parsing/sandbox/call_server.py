"""The process that answers ``SandboxedCalls``: it restricts itself, and then calls one function for each request."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Callable, Sequence
from itertools import zip_longest
from typing import NoReturn

from copytaster.errors import descriptor_shortage
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
from copytaster.parsing.sandbox.limits import CpuLimit, SandboxLimits, apply_limits
from copytaster.parsing.sandbox.progress import CallProgress

BATCH_SECONDS = 0.1
"""Time after which no further request of a message is begun: the caller waits for the replies to all of them.

The wall time of a message is limited like that of a request, so that its last one has at most this much less.
"""

Function = Callable[[bytes, int], bytes]
"""Takes a request and the descriptor of an open file, which it leaves open; returns the answer."""


def serve(arguments: Sequence[str], function: Function) -> NoReturn:
    """Answer calls until the caller closes the connection: the main program of a module for ``SandboxedCalls``.

    ``arguments`` are those of the command line. Modules that the function needs are imported before: afterwards this
    process opens no path but that of installed packages.
    """
    limits = SandboxLimits(**json.loads(arguments[2]))
    line = socket.socket(fileno=int(arguments[0]))
    progress = CallProgress(int(arguments[1]))
    progress.close_file()
    # It ends with the connection; the thread that has started it may end much earlier.
    apply_limits(limits, keep=line.fileno(), ends_with_parent=False)
    cpu_limit = CpuLimit(limits)
    line.send(READY)
    while True:
        message, descriptors, _, _ = socket.recv_fds(line, MAX_REQUEST_BYTES, MAX_CALLS)
        if not message:
            os._exit(0)
        # A process that has no descriptors left receives fewer: the requests without one are replied to as such.
        calls = list(zip_longest(unpack(memoryview(message)), descriptors))
        line.send(pack(_replies(calls, function, progress, cpu_limit)))
        for descriptor in descriptors:
            os.close(descriptor)


def _replies(
    calls: Sequence[tuple[bytes, int | None]], function: Function, progress: CallProgress, cpu_limit: CpuLimit
) -> list[bytes]:
    """Return the replies to the calls, or to as many of them as there is time, memory and space for."""
    replies = list[bytes]()
    space, ends = MAX_REPLY_BYTES, time.monotonic() + BATCH_SECONDS
    for index, (request, descriptor) in enumerate(calls):
        progress.begin(index)
        cpu_limit.renew()
        reply = _reply(function, request, descriptor)
        space -= LENGTH.size + len(reply)
        if space < 0 and replies:
            break
        replies.append(reply if space >= 0 else FAULT + b"the answer is too long")
        if reply in {OUT_OF_MEMORY, NO_DESCRIPTOR} or time.monotonic() >= ends:
            break
    progress.end()
    return replies


def _reply(function: Function, request: bytes, descriptor: int | None) -> bytes:
    if descriptor is None:
        return NO_DESCRIPTOR
    reply = _result(function, request, descriptor)
    try:
        # Libraries may hide that they could open no file: no result is valid then.
        os.close(os.dup(descriptor))
    except OSError:
        return NO_DESCRIPTOR
    return reply


def _result(function: Function, request: bytes, descriptor: int) -> bytes:
    try:
        return ANSWER + function(request, descriptor)
    except MemoryError:
        return OUT_OF_MEMORY
    # An error of a library on hostile bytes, of whatever class, is the answer to this call only.
    except Exception as error:  # noqa: BLE001
        if descriptor_shortage(error):
            return NO_DESCRIPTOR
        return FAULT + f"{type(error).__name__}: {error}".encode(errors="replace")[:1_000]
