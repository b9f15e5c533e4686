"""The sandboxed process: it reads one file after another and sends the readings back."""

from __future__ import annotations

import errno
import os
import socket
from typing import BinaryIO

from copytaster.errors import PermanentError, TransientError, outage_error
from copytaster.model.disposition import Reason
from copytaster.model.outage import Resource
from copytaster.parsing.original import Frame, Original
from copytaster.parsing.reading import ParsingReader, Position
from copytaster.parsing.registry import ParserRegistry
from copytaster.parsing.sandbox.limits import CpuLimit, SandboxLimits, apply_limits
from copytaster.parsing.sandbox.protocol import NEXT, Answer, Request, receive_request, send_answer
from copytaster.system.remedies import explain_os_error

BROKEN = 70
"""Exit status after a program fault in this process (EX_SOFTWARE of <sysexits.h>), which has no other way to report."""


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
        while request := receive_request(line):
            _read(line, *request, parsers=parsers, cpu_limit=cpu_limit)
        status = 0
    finally:
        os._exit(status)


def _read(
    line: socket.socket, request: Request, descriptor: int | None, *, parsers: ParserRegistry, cpu_limit: CpuLimit
) -> None:
    def report_begin(position: Position) -> None:
        cpu_limit.renew()
        send_answer(line, Answer(begun=position))

    cpu_limit.renew()
    try:
        with _open_received(descriptor, request.name) as file:
            frame = Frame(limits=request.limits)
            original = Original(file=file, name=request.name, now=request.now, frame=frame)
            for reading in ParsingReader(parsers, begun=report_begin).read(original, after=request.after):
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


def _report_unrestricted(line: socket.socket, error: OSError) -> None:
    """Answer the first request: the file is not read, because this process cannot restrict itself."""
    if request := receive_request(line):
        outage = f"the parser's process cannot restrict itself to read {request[0].name}: {explain_os_error(error)}"
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
