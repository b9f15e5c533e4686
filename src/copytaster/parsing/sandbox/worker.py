"""The sandboxed process: it reads one file after another and sends the readings back."""

from __future__ import annotations

import errno
import os
import socket
import time
from collections.abc import Sequence
from contextlib import ExitStack
from itertools import zip_longest
from typing import BinaryIO

from copytaster.errors import PermanentError, TransientError, outage_error
from copytaster.model.disposition import Reason
from copytaster.model.outage import Resource
from copytaster.parsing.original import Frame, Original
from copytaster.parsing.reading import ParsingReader, Position, Reading, only_draft
from copytaster.parsing.registry import ParserRegistry
from copytaster.parsing.sandbox.limits import CpuLimit, SandboxLimits, apply_limits
from copytaster.parsing.sandbox.protocol import (
    NEXT,
    Answer,
    CommonRequest,
    Request,
    receive_request,
    send_answer,
    send_readings,
)
from copytaster.system.remedies import explain_os_error

BROKEN = 70
"""Exit status after a program fault in this process (EX_SOFTWARE of <sysexits.h>), which has no other way to report."""

COMMON_SECONDS = 0.1
"""CPU time after which no further file of a common request is begun: the reader waits for the readings of all of them.

It is enough for some 60 plain texts, or five pages. On a busy machine it takes several times as long on the clock.
"""

SKIPPED_SECONDS = 0.5
"""Time after which skipped items are reported: a report costs as much as skipping some hundred, and renews limits."""


def serve(line: socket.socket, parsers: ParserRegistry, limits: SandboxLimits) -> None:
    """Answer requests until the peer closes the connection; never returns to the program that forked it."""
    status = BROKEN
    try:
        try:
            apply_limits(limits, keep=line.fileno())
        except OSError as error:
            _report_unrestricted(line, error)
            raise
        cpu_limit = CpuLimit(limits)
        while received := receive_request(line):
            match received:
                case Request() as request, descriptors:
                    _read(line, request, next(iter(descriptors), None), parsers=parsers, cpu_limit=cpu_limit)
                case CommonRequest() as request, descriptors:
                    send_readings(line, _read_together(line, request, descriptors, parsers=parsers, limit=cpu_limit))
        status = 0
    finally:
        os._exit(status)


def _read(
    line: socket.socket, request: Request, descriptor: int | None, *, parsers: ParserRegistry, cpu_limit: CpuLimit
) -> None:
    reported_at = time.monotonic()

    def report_begin(position: Position) -> None:
        cpu_limit.renew()
        send_answer(line, Answer(begun=position))

    def report_skipped(position: Position) -> None:
        nonlocal reported_at
        if time.monotonic() - reported_at >= SKIPPED_SECONDS:
            reported_at = time.monotonic()
            report_begin(position)

    cpu_limit.renew()
    try:
        with _open_received(descriptor, request.name) as file:
            frame = Frame(limits=request.limits)
            original = Original(file=file, name=request.name, now=request.now, frame=frame)
            for reading in ParsingReader(parsers, report_begin, report_skipped).read(original, after=request.after):
                _require_descriptor(line, request.name)
                send_answer(line, Answer(reading=reading))
                if line.recv(1) != NEXT:
                    return
                cpu_limit.renew()
        end = Answer()
        _require_descriptor(line, request.name)
    except PermanentError as error:
        end = _unless_short(line, request.name, error)
    except TransientError as error:
        end = Answer.of(error)
    except MemoryError:
        end = Answer(reason=Reason.PARSER_OOM, message=f"{request.name} needs more memory than a parser may use.")
    send_answer(line, end)


def _read_together(
    line: socket.socket, request: CommonRequest, descriptors: Sequence[int], *, parsers: ParserRegistry, limit: CpuLimit
) -> list[Reading | None]:
    """Return the readings of the first files of a request, of as many as there is time for."""
    readings, ends = list[Reading | None](), time.process_time() + COMMON_SECONDS
    with ExitStack() as stack:
        files = [stack.enter_context(os.fdopen(each, "rb")) for each in descriptors]
        for name, file in zip_longest(request.names, files):
            limit.renew()
            reading = _read_plain(file, name, request, parsers) if file else None
            readings.append(reading if _can_open(line, name) else None)
            if time.process_time() >= ends:
                break
    return readings


def _read_plain(file: BinaryIO, name: str, request: CommonRequest, parsers: ParserRegistry) -> Reading | None:
    return only_draft(parsers, Original(file=file, name=name, now=request.now, frame=Frame(limits=request.limits)))


def _can_open(line: socket.socket, name: str) -> bool:
    try:
        _require_descriptor(line, name)
    except TransientError:  # the request for this file alone reports it
        return False
    return True


def _report_unrestricted(line: socket.socket, error: OSError) -> None:
    """Answer the first request: no file is read, because this process cannot restrict itself."""
    if received := receive_request(line):
        name = received[0].name if isinstance(received[0], Request) else "several files"
        outage = f"the parser's process cannot restrict itself to read {name}: {explain_os_error(error)}"
        send_answer(line, Answer(outage=outage))


def _unless_short(line: socket.socket, name: str, error: PermanentError) -> Answer:
    """Return the answer that reports an error of the file; an outage if this process has no descriptors left."""
    try:
        _require_descriptor(line, name)
    except TransientError as outage:
        return Answer.of(outage)
    return Answer.of(error)


def _require_descriptor(line: socket.socket, name: str) -> None:
    """Raise ``TransientError`` if this process can open no file.

    Some libraries hide errors of their imports and continue with less: then neither an article nor an error of the
    file is valid. Cost: two system calls.
    """
    try:
        os.close(os.dup(line.fileno()))
    except OSError as error:
        raise outage_error(f"read {name}", error, resource=Resource.WORKER) from error


def _open_received(descriptor: int | None, name: str) -> BinaryIO:
    if descriptor is None:
        why = explain_os_error(OSError(errno.EMFILE, os.strerror(errno.EMFILE)))
        raise TransientError(f"the parser's process cannot open {name}: {why}")
    return os.fdopen(descriptor, "rb")
