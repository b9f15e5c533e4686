"""A reader whose parsers run in a child process, which is used for many files and replaced when it dies."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

import structlog

from copytaster.errors import PermanentError, ProcessKilledError
from copytaster.model.disposition import Reason
from copytaster.parsing.original import Original
from copytaster.parsing.parser import BadItem
from copytaster.parsing.reading import START, Position, Reading
from copytaster.parsing.registry import ParserRegistry
from copytaster.parsing.sandbox.limits import SandboxLimits, protect_memory
from copytaster.parsing.sandbox.process_deaths import Death, death_of, describe_exit
from copytaster.parsing.sandbox.protocol import (
    LONGEST_COMMON_NAME,
    MAX_TOGETHER,
    NEXT,
    STOP,
    Answer,
    CommonRequest,
    Request,
    receive_answer,
    receive_readings,
    send_request,
)
from copytaster.parsing.sandbox.worker import serve

log = structlog.get_logger(__name__)

FILES_EACH = 2_000
"""Files after which the process is replaced, so that leaks and side effects do not accumulate."""

COMMON_WALL_SECONDS = 2.0
"""Wall time for files that are read together, which take 0.1 s of CPU time; after it each of them is read alone."""


class ParserDiedError(Exception):
    """The process died, or was killed, while it read an item."""

    def __init__(self, reason: Reason, how: str) -> None:
        super().__init__(how)
        self.reason = reason
        self.how = how


@dataclass(slots=True)
class _Worker:
    """The sandboxed process, the connection to it, its parent's pid, and the number of files it has read."""

    pid: int
    line: socket.socket
    parent: int
    files: int = 0


class SandboxedReader:
    """Implements ``copytaster.parsing.reading.Reader``; each thread needs its own.

    An item that takes more wall time than ``wall``, more memory or CPU time than ``limits``, or that kills the process,
    becomes a bad item (``parser_timeout``, ``parser_oom``, ``parser_crash``); if the file is the item, the file's
    error. Raises ``ProcessKilledError`` if the process was killed from outside. Cost: some 0.2 ms per item, and some ms
    for a new process.
    """

    def __init__(self, parsers: ParserRegistry, limits: SandboxLimits, *, wall: timedelta) -> None:
        self._parsers = parsers
        self._limits = limits
        self._wall = wall
        self._worker: _Worker | None = None

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
                    if not after and not trail.has_readings and trail.begun is None:
                        raise bad.error() from death
                    after, going = trail.fatal, trail.begun is not None
                    yield Reading(after, trail.locator, bad, None)

    def read_together(self, originals: Sequence[Original]) -> list[Reading | None]:
        """Return the readings of plain files; see ``Reader.read_together``. Cost: one message each way.

        If the process dies or does not answer, nobody knows whose fault it is: all of the files have to be read alone.
        """
        first = originals[:MAX_TOGETHER]
        if any(len(each.name) > LONGEST_COMMON_NAME for each in first):
            return [None] * len(first)
        worker = self._usable_worker(files=len(first))
        request = CommonRequest(names=tuple(each.name for each in first), now=first[0].now, limits=first[0].limits)
        try:
            with ExitStack() as stack:
                descriptors = [stack.enter_context(_descriptor(each)) for each in first]
                worker.line.settimeout(min(COMMON_WALL_SECONDS, self._wall.total_seconds()))
                send_request(worker.line, request, descriptors)
                readings = receive_readings(worker.line)
                worker.line.settimeout(self._wall.total_seconds())
        except (OSError, ValueError):
            readings = None
        if not readings:
            self._end(worker)
            log.warning("parser.died_over_several", files=len(first), next="each of them is read alone")
            return [None] * len(first)
        return readings[: len(first)]

    def close(self) -> None:
        """End the process."""
        if self._worker is not None:
            self._end(self._worker)

    def _readings(self, original: Original, descriptor: int, trail: _Trail) -> Iterator[Reading]:
        worker, finished = self._usable_worker(), False
        request = Request(name=original.name, now=original.now, limits=original.limits, after=trail.last)
        try:
            self._send(worker, lambda: send_request(worker.line, request, [descriptor]))
            while (answer := self._answer(worker)) != Answer():
                if error := answer.error():
                    # After the second its heap is full: the process is replaced.
                    finished = isinstance(error, PermanentError) and error.reason is not Reason.PARSER_OOM
                    raise error
                trail.follow(answer)
                if answer.reading:
                    yield answer.reading
                    self._send(worker, lambda: worker.line.sendall(NEXT))
            finished = True
        except GeneratorExit:
            # The caller stops after a reading; the process is waiting for NEXT or STOP.
            with suppress(OSError):
                worker.line.sendall(STOP)
                finished = True
            raise
        finally:
            if not finished:
                self._end(worker)

    def _usable_worker(self, *, files: int = 1) -> _Worker:
        """Return the process for some files; start a new one after ``FILES_EACH`` files or after a fork."""
        worker = self._worker
        if worker is not None and worker.parent != os.getpid():
            worker.line.close()  # this process was forked: the worker belongs to the parent
            self._worker = None
        elif worker is not None and worker.files >= FILES_EACH:
            self._end(worker)
        if self._worker is None:
            self._worker = self._new()
        self._worker.files += files
        return self._worker

    def _new(self) -> _Worker:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        protect_memory()
        pid = os.fork()
        if pid == 0:
            serve(theirs, self._parsers, self._limits)
        theirs.close()
        ours.settimeout(self._wall.total_seconds())
        return _Worker(pid, ours, os.getpid())

    def _answer(self, worker: _Worker) -> Answer:
        try:
            answer = receive_answer(worker.line)
        except TimeoutError as error:
            seconds = self._wall.total_seconds()
            raise ParserDiedError(Reason.PARSER_TIMEOUT, f"parsing did not end within {seconds:g} s") from error
        except OSError:
            answer = None
        if answer is None:
            raise self._death(worker)
        return answer

    def _send(self, worker: _Worker, send: Callable[[], object]) -> None:
        try:
            send()
        except OSError as error:
            raise self._death(worker) from error

    def _death(self, worker: _Worker) -> ParserDiedError | ProcessKilledError:
        exitcode = os.waitstatus_to_exitcode(self._end(worker))
        match death_of(exitcode):
            case Death.CPU_TIME:
                how = f"parsing took more than {self._limits.cpu_seconds} s of CPU time"
                return ParserDiedError(Reason.PARSER_TIMEOUT, how)
            case Death.CRASH:
                how = f"the file killed the sandbox process that parsed it ({describe_exit(exitcode)})"
                return ParserDiedError(Reason.PARSER_CRASH, how)
            case Death.OUTSIDE:
                how = f"the sandbox process that parsed the file was killed from outside ({describe_exit(exitcode)})"
                return ProcessKilledError(f"{how}; did the machine run out of memory?")

    def _end(self, worker: _Worker) -> int:
        """Kill the process if it is alive, and return its exit status."""
        worker.line.close()
        if self._worker is worker:
            self._worker = None
        with suppress(ProcessLookupError):
            os.kill(worker.pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            return os.waitpid(worker.pid, 0)[1]
        return 0


@dataclass(slots=True)
class _Trail:
    """How far the process has read: ``last`` is the position of the last reading, or that after which it started."""

    last: Position
    begun: Position | None = None
    has_readings: bool = False

    def follow(self, answer: Answer) -> None:
        """Update the positions from an answer. An item that is skipped, which was read before, is not begun.

        Neither is one by the answer of a process that looks through a container.
        """
        if answer.begun:
            within = answer.begun == self.last[: len(answer.begun)]
            self.begun = answer.begun if within or answer.begun > self.last else self.begun
        elif answer.reading is not None:
            self.last, self.begun, self.has_readings = answer.reading.position, None, True

    @property
    def fatal(self) -> Position:
        """The position at which it died: the item that it had begun, else the one after the last reading."""
        if self.begun is not None:
            return self.begun
        return (*self.last[:-1], self.last[-1] + 1) if self.last else START

    @property
    def locator(self) -> str:
        """The fatal item for people, with numbers from 1; ``and the rest`` if later items are lost as well."""
        number = ".".join(str(each + 1) for each in self.fatal)
        return f"item {number}" if self.begun is not None else f"item {number} and the rest"


@contextmanager
def _descriptor(original: Original) -> Iterator[int]:
    """Yield an open descriptor; an original in memory or in a remote archive is copied to a temporary file."""
    if original.descriptor is not None:
        yield original.descriptor
        return
    with tempfile.TemporaryFile() as spool:
        shutil.copyfileobj(original.open(), spool)
        spool.flush()
        yield spool.fileno()
