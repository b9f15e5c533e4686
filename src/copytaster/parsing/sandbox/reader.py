"""A reader whose parsers run in a process of their own, which is used for many files and replaced when it dies."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

import structlog

from copytaster.model.disposition import Reason
from copytaster.parsing.original import Original
from copytaster.parsing.parser import BadItem
from copytaster.parsing.reading import START, Position, Reading
from copytaster.parsing.registry import ParserRegistry
from copytaster.parsing.sandbox.limits import SandboxLimits
from copytaster.parsing.sandbox.protocol import NEXT, STOP, Answer, Request, receive_answer, send_request
from copytaster.parsing.sandbox.worker import serve

log = structlog.get_logger(__name__)

FILES_EACH = 2_000
"""Files after which a process is replaced: what a parser leaks or a file spoils does not add up."""


class ParserDiedError(Exception):
    """The process died, or was ended, over an item."""

    def __init__(self, reason: Reason, how: str) -> None:
        super().__init__(how)
        self.reason = reason
        self.how = how


@dataclass(slots=True)
class _Inmate:
    """The process, the line to it, and for how many files it has been used."""

    pid: int
    line: socket.socket
    employer: int
    files: int = 0


class SandboxedReader:
    """See ``copytaster.parsing.reading.Reader``; one for each thread.

    An item that takes longer than ``wall`` (as the clock on the wall has it), more memory or processor time than
    ``limits``, or the life of the process, becomes a bad item (``parser_timeout``, ``parser_oom``, ``parser_crash``)
    or, where the file is the item, the error that ends the file. Costs some 0.2 ms an item, and some ms for a new
    process.
    """

    def __init__(self, parsers: ParserRegistry, limits: SandboxLimits, *, wall: timedelta) -> None:
        self._parsers = parsers
        self._limits = limits
        self._wall = wall
        self._inmate: _Inmate | None = None

    def read(self, original: Original, *, after: Position = START) -> Iterator[Reading]:
        """Yield the items; see ``Reader.read``."""
        with _descriptor(original) as descriptor:
            going = True
            while going:
                trail = _Trail(after)
                try:
                    yield from self._readings(original, descriptor, trail)
                    going = False
                except ParserDiedError as death:
                    log.warning("parser.died", path=original.name, why=death.how, item=trail.locator)
                    bad = BadItem("", death.reason, f"{original.name}: {death.how}", refused=False)
                    if not trail.told and trail.begun is None:
                        raise bad.error() from death
                    after, going = trail.fatal, trail.begun is not None
                    yield Reading(after, trail.locator, bad, None)

    def close(self) -> None:
        """End the process."""
        if self._inmate is not None:
            self._end(self._inmate)

    def _readings(self, original: Original, descriptor: int, trail: _Trail) -> Iterator[Reading]:
        inmate, finished = self._employed(), False
        request = Request(name=original.name, now=original.now, limits=original.limits, after=trail.last)
        try:
            self._send(inmate, lambda: send_request(inmate.line, request, descriptor))
            while (answer := self._answer(inmate)) != Answer():
                if error := answer.error():
                    finished = error.reason is not Reason.PARSER_OOM  # its heap is full of what it could not finish
                    raise error
                trail.follow(answer)
                if answer.reading:
                    yield answer.reading
                    self._send(inmate, lambda: inmate.line.sendall(NEXT))
            finished = True
        except GeneratorExit:
            # Whoever stops here has had a reading and not asked for the next one: the process waits for a word.
            with suppress(OSError):
                inmate.line.sendall(STOP)
                finished = True
            raise
        finally:
            if not finished:
                self._end(inmate)

    def _employed(self) -> _Inmate:
        """Return the process, a new one where the old is worn out."""
        inmate = self._inmate
        if inmate is not None and inmate.employer != os.getpid():
            inmate.line.close()  # it is our parent's: this process is a copy of the one that it works for
            self._inmate = None
        elif inmate is not None and inmate.files >= FILES_EACH:
            self._end(inmate)
        if self._inmate is None:
            self._inmate = self._new()
        self._inmate.files += 1
        return self._inmate

    def _new(self) -> _Inmate:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        pid = os.fork()
        if pid == 0:
            serve(theirs, self._parsers, self._limits)
        theirs.close()
        ours.settimeout(self._wall.total_seconds())
        return _Inmate(pid, ours, os.getpid())

    def _answer(self, inmate: _Inmate) -> Answer:
        try:
            answer = receive_answer(inmate.line)
        except TimeoutError as error:
            seconds = self._wall.total_seconds()
            raise ParserDiedError(Reason.PARSER_TIMEOUT, f"reading it did not end within {seconds:g} s") from error
        except OSError:
            answer = None
        if answer is None:
            raise self._death(inmate)
        return answer

    def _send(self, inmate: _Inmate, send: Callable[[], object]) -> None:
        try:
            send()
        except OSError as error:
            raise self._death(inmate) from error

    def _death(self, inmate: _Inmate) -> ParserDiedError:
        status = self._end(inmate)
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU:
            return ParserDiedError(
                Reason.PARSER_TIMEOUT, f"reading it took more than {self._limits.cpu_seconds} s of processor time"
            )
        name = signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else f"status {status}"
        return ParserDiedError(Reason.PARSER_CRASH, f"it killed the process that read it ({name})")

    def _end(self, inmate: _Inmate) -> int:
        """End the process if it lives and return its exit status."""
        inmate.line.close()
        if self._inmate is inmate:
            self._inmate = None
        with suppress(ProcessLookupError):
            os.kill(inmate.pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            return os.waitpid(inmate.pid, 0)[1]
        return 0


@dataclass(slots=True)
class _Trail:
    """How far the process was: ``last`` is the position after which it began, or the last that it has told."""

    last: Position
    begun: Position | None = None
    told: bool = False

    def follow(self, answer: Answer) -> None:
        """Take note of an answer."""
        if answer.begun is not None:
            self.begun = answer.begun
        elif answer.reading is not None:
            self.last, self.begun, self.told = answer.reading.position, None, True

    @property
    def fatal(self) -> Position:
        """The position over which it died: the item that it had begun, else the one after the last that it told."""
        if self.begun is not None:
            return self.begun
        return (*self.last[:-1], self.last[-1] + 1) if self.last else START

    @property
    def locator(self) -> str:
        """The fatal item for people: its numbers from 1, or that everything from there on is meant."""
        number = ".".join(str(each + 1) for each in self.fatal)
        return f"item {number}" if self.begun is not None else f"item {number} and the rest"


@contextmanager
def _descriptor(original: Original) -> Iterator[int]:
    """Give an open file; what has none of its own (in an archive elsewhere, or in memory) is copied into one."""
    if original.descriptor is not None:
        yield original.descriptor
        return
    with tempfile.TemporaryFile() as spool:
        shutil.copyfileobj(original.open(), spool)
        spool.flush()
        yield spool.fileno()
