"""The reading processes of the API: what they compute, the main process only passes on.

So the interpreter of the main process is free for what must not wait: health checks, events, changes. A process works
on a few requests at a time; the others wait in one line, the oldest first. Equal requests in the line are one: its
answer is read after the last of them has come.
"""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess

import structlog

from copytaster_api.reading_messages import (
    AT_ONCE,
    BUFFER,
    Answer,
    ReadingRequest,
    Transfer,
    answer_of,
    end,
    read_frame,
)

RESTART_SECONDS = 1.0
"""Pause before an ended process is started again: one that cannot start would take all of a core."""

SILENT_SECONDS = 10.0
"""Time after the deadline of a request when a process that has not answered it is ended: it hangs, or was stopped. Its
commands to the server have timeouts of a second, and a search ends after two."""

log = structlog.get_logger(__name__)

Start = Callable[[socket.socket], BaseProcess]


class NoReadingProcessError(Exception):
    """No process can answer the request, or the one that had it has ended or failed."""


@dataclass(slots=True, eq=False)
class _Waiting:
    """A request in the line, for ``waiters`` who have asked for the same."""

    request: ReadingRequest
    request_id: str
    until: float
    answer: asyncio.Future[Answer]
    waiters: int = 0


@dataclass(slots=True, eq=False)
class _Process:
    """A process that is ready, and what it works on."""

    writer: asyncio.StreamWriter
    handle: BaseProcess
    working: dict[int, _Waiting] = field(default_factory=dict)


class ReadingPool:
    """Passes requests to processes, which are started when ``run`` begins and again whenever they have ended."""

    def __init__(
        self, processes: int, *, start: Start, pause: float = RESTART_SECONDS, patience: float = SILENT_SECONDS
    ) -> None:
        self._count = processes
        self._start = start
        self._pause = pause
        self._patience = patience
        self._ready: list[_Process] = []
        self._line = deque[_Waiting]()
        self._waiting: dict[ReadingRequest, _Waiting] = {}
        self._number = 0

    @property
    def is_ready(self) -> bool:
        """Whether a process can answer requests."""
        return bool(self._ready)

    async def run(self) -> None:
        """Keep the processes running until this is canceled, which ends them."""
        async with asyncio.TaskGroup() as group:
            for _ in range(self._count):
                group.create_task(self._keep_one())

    async def answer(self, request: ReadingRequest, *, request_id: str, seconds: float) -> Answer:
        """Return the answer of a process. Raises ``NoReadingProcessError``."""
        loop = asyncio.get_running_loop()
        waiting = self._waiting.get(request)
        if waiting is None:
            waiting = _Waiting(request, request_id, loop.time() + seconds, loop.create_future())
            self._waiting[request] = waiting
            self._line.append(waiting)
        waiting.until = max(waiting.until, loop.time() + seconds)
        waiting.waiters += 1
        try:
            self._pass_on()
            return await asyncio.shield(waiting.answer)
        finally:
            waiting.waiters -= 1

    def _pass_on(self) -> None:
        """Give the next requests to processes that have room, the least busy first."""
        if not self._ready:
            _refuse(self._line)
            self._line.clear()
            self._waiting.clear()
            return
        while self._line:
            process = min(self._ready, key=lambda each: len(each.working))
            if len(process.working) >= AT_ONCE:
                return
            waiting = self._line.popleft()
            del self._waiting[waiting.request]
            if waiting.waiters:
                self._send(waiting, process)

    def _send(self, waiting: _Waiting, process: _Process) -> None:
        self._number += 1
        process.working[self._number] = waiting
        loop = asyncio.get_running_loop()
        seconds = waiting.until - loop.time()
        loop.call_later(seconds + self._patience, _end_if_silent, process, self._number)
        process.writer.write(Transfer(self._number, waiting.request, waiting.request_id, seconds).packed())

    async def _keep_one(self) -> None:
        while True:
            try:
                await self._run_one()
            except (OSError, RuntimeError) as error:  # no process, descriptor or thread is free
                log.warning("api.reading_process_not_started", why=str(error), next="it is tried again")
            await asyncio.sleep(self._pause)

    async def _run_one(self) -> None:
        """Start a process, and pass requests to it until it ends."""
        here, there = socket.socketpair()
        with here:
            with there:
                process = await asyncio.to_thread(self._start, there)
            await self._work_with(here, process)
            await asyncio.to_thread(process.join)
        log.warning("api.reading_process_ended", status=process.exitcode, next="another one is started")

    async def _work_with(self, connection: socket.socket, handle: BaseProcess) -> None:
        """Pass requests to a process until it ends."""
        reader, writer = await asyncio.open_connection(sock=connection, limit=BUFFER)
        process = _Process(writer, handle)
        try:
            await read_frame(reader)  # it is ready
            self._ready.append(process)
            while True:
                fields, body = await read_frame(reader)
                _end(process.working.pop(fields["number"]), answer_of(fields, body))
                self._pass_on()
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            with suppress(ValueError):  # it ended before it was ready
                self._ready.remove(process)
            _refuse(process.working.values())
            self._pass_on()
            await end(writer)


def _end_if_silent(process: _Process, number: int) -> None:
    """End a process that still has the request."""
    if number in process.working:
        log.warning("api.reading_process_silent", pid=process.handle.pid, next="it is ended, and another one started")
        process.handle.kill()


def _end(waiting: _Waiting, answer: Answer | None) -> None:
    """Give the answer to those who wait for it; without one they find another way."""
    if answer is None:
        _refuse([waiting])
    elif not waiting.answer.done():
        waiting.answer.set_result(answer)


def _refuse(requests: Iterable[_Waiting]) -> None:
    """Let those who wait for the requests find another way."""
    for each in requests:
        if not each.answer.done():
            each.answer.set_exception(NoReadingProcessError())
            each.answer.exception()  # whoever waits gets it; perhaps nobody does any more
