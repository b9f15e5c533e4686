"""The process inside: it reads one file after another, and tells what it finds."""

from __future__ import annotations

import os
import socket

from copytaster.errors import PermanentError
from copytaster.model.disposition import Reason
from copytaster.parsing.original import Frame, Original
from copytaster.parsing.reading import ParsingReader, Position
from copytaster.parsing.registry import ParserRegistry
from copytaster.parsing.sandbox.limits import Allowance, SandboxLimits, apply_limits
from copytaster.parsing.sandbox.protocol import NEXT, Answer, Request, receive_request, send_answer

BROKEN = 70
"""The exit status of a fault of ours in here (EX_SOFTWARE of <sysexits.h>); nobody else would hear of it."""


def serve(line: socket.socket, parsers: ParserRegistry, limits: SandboxLimits) -> None:
    """Answer requests until the other side is gone; never returns to the program it was forked from."""
    status = BROKEN
    try:
        apply_limits(limits, keep=line.fileno())
        allowance = Allowance(limits)
        while request := receive_request(line):
            _read(line, *request, parsers=parsers, allowance=allowance)
        status = 0
    finally:
        os._exit(status)


def _read(
    line: socket.socket, request: Request, descriptor: int, *, parsers: ParserRegistry, allowance: Allowance
) -> None:
    def tell(position: Position) -> None:
        allowance.renew()
        send_answer(line, Answer(begun=position))

    allowance.renew()
    try:
        with os.fdopen(descriptor, "rb") as file:
            frame = Frame(limits=request.limits)
            original = Original(file=file, name=request.name, now=request.now, frame=frame)
            for reading in ParsingReader(parsers, begun=tell).read(original, after=request.after):
                send_answer(line, Answer(reading=reading))
                if line.recv(1) != NEXT:
                    return
                allowance.renew()
        end = Answer()
    except PermanentError as error:
        end = Answer.of(error)
    except MemoryError:
        end = Answer(reason=Reason.PARSER_OOM, message=f"{request.name} takes more memory than a file may have.")
    send_answer(line, end)
