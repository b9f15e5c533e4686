"""The sandboxed process: it reads one file after another and sends the readings back."""

from __future__ import annotations

import os
import socket

from copytaster.errors import PermanentError, TransientError
from copytaster.model.disposition import Reason
from copytaster.parsing.original import Frame, Original
from copytaster.parsing.reading import ParsingReader, Position
from copytaster.parsing.registry import ParserRegistry
from copytaster.parsing.sandbox.limits import CpuLimit, SandboxLimits, apply_limits
from copytaster.parsing.sandbox.protocol import NEXT, Answer, Request, receive_request, send_answer

BROKEN = 70
"""Exit status after a program fault in this process (EX_SOFTWARE of <sysexits.h>), which has no other way to report."""


def serve(line: socket.socket, parsers: ParserRegistry, limits: SandboxLimits) -> None:
    """Answer requests until the peer closes the connection; never returns to the program that forked it."""
    status = BROKEN
    try:
        apply_limits(limits, keep=line.fileno())
        cpu_limit = CpuLimit(limits)
        while request := receive_request(line):
            _read(line, *request, parsers=parsers, cpu_limit=cpu_limit)
        status = 0
    finally:
        os._exit(status)


def _read(
    line: socket.socket, request: Request, descriptor: int, *, parsers: ParserRegistry, cpu_limit: CpuLimit
) -> None:
    def report_begin(position: Position) -> None:
        cpu_limit.renew()
        send_answer(line, Answer(begun=position))

    cpu_limit.renew()
    try:
        with os.fdopen(descriptor, "rb") as file:
            frame = Frame(limits=request.limits)
            original = Original(file=file, name=request.name, now=request.now, frame=frame)
            for reading in ParsingReader(parsers, begun=report_begin).read(original, after=request.after):
                send_answer(line, Answer(reading=reading))
                if line.recv(1) != NEXT:
                    return
                cpu_limit.renew()
        end = Answer()
    except (PermanentError, TransientError) as error:
        end = Answer.of(error)
    except MemoryError:
        end = Answer(reason=Reason.PARSER_OOM, message=f"{request.name} needs more memory than a parser may use.")
    send_answer(line, end)
