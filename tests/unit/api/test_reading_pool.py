"""The line before the reading processes, with processes that the test plays."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from copytaster_api import reading_pool
from copytaster_api.reading_messages import AT_ONCE, Answer, ReadingRequest, pack, pack_answer, read_frame
from copytaster_api.reading_pool import NoReadingProcessError, ReadingPool

SECONDS = 30.0


class PlayedProcess:
    """A process that is the other end of a connection in this one."""

    exitcode, pid = -9, 7

    def __init__(self, end: socket.socket) -> None:
        self._end = end

    def kill(self) -> None:
        """End the connection, as the kernel does."""
        self._end.shutdown(socket.SHUT_RDWR)

    def join(self) -> None:
        """Return at once: the connection has ended."""


@dataclass
class Scene:
    """A pool, and the ends of the connections of its processes, in the order of their starts."""

    ends: list[socket.socket] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.pool = ReadingPool(1, start=self._start, pause=0, patience=0)

    def _start(self, connection: socket.socket) -> Any:
        self.ends.append(connection.dup())
        return PlayedProcess(self.ends[-1])

    @asynccontextmanager
    async def process(self) -> AsyncIterator[PlayedEnd]:
        """Be the process that was started last, until it ends."""
        await until(lambda: bool(self.ends))
        reader, writer = await asyncio.open_connection(sock=self.ends.pop())
        writer.write(pack({"ready": True}))
        await until(lambda: self.pool.is_ready)
        yield PlayedEnd(reader, writer)
        writer.close()

    def ask(self, query: str, seconds: float = SECONDS) -> asyncio.Task[Answer]:
        """Ask for a page."""
        request = ReadingRequest("/api/v1/articles", query, ())
        return asyncio.create_task(self.pool.answer(request, request_id=query, seconds=seconds))


@dataclass
class PlayedEnd:
    """The end of a process."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def next(self) -> tuple[int, str]:
        """Return the number and the query of the next request."""
        fields, _ = await read_frame(self.reader)
        return fields["number"], fields["request"]["query"]

    def answer(self, number: int, body: bytes) -> None:
        """Answer a request."""
        self.writer.write(pack_answer(number, Answer(200, [(b"etag", b'"1"')], body)))


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(SECONDS):
        while not condition():  # noqa: ASYNC110  # nothing signals it
            await asyncio.sleep(0)


def play(scene: Callable[[Scene], Awaitable[None]]) -> None:
    async def run() -> None:
        played = Scene()
        task = asyncio.create_task(played.pool.run())
        await scene(played)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        for each in played.ends:
            each.close()

    asyncio.run(run())


def test_a_process_has_a_few_requests_and_the_others_wait_in_their_order() -> None:
    async def scene(played: Scene) -> None:
        async with played.process() as process:
            asked = [played.ask(f"n={number}") for number in range(AT_ONCE + 2)]
            given = [await process.next() for _ in range(AT_ONCE)]
            process.answer(given[1][0], b"second")
            following = await process.next()
            process.answer(following[0], b"third")

            assert [query for _, query in given] == ["n=0", "n=1"]
            assert following[1] == "n=2"
            assert (await asked[1]).body == b"second"
            assert (await asked[2]) == Answer(200, [(b"etag", b'"1"')], b"third")
            assert not asked[0].done()
            for each in asked:
                each.cancel()

    play(scene)


def test_equal_requests_that_wait_are_read_once_after_the_last_has_come() -> None:
    async def scene(played: Scene) -> None:
        async with played.process() as process:
            begun = [played.ask("same"), played.ask("other")]
            given = [await process.next() for _ in range(AT_ONCE)]
            waiting = [played.ask("same") for _ in range(5)]
            await asyncio.sleep(0)
            process.answer(given[0][0], b"as it was when they came")
            number, query = await process.next()
            process.answer(number, b"as it is now")

            assert query == "same"
            assert (await begun[0]).body == b"as it was when they came"
            assert [(await each).body for each in waiting] == [b"as it is now"] * 5
            begun[1].cancel()

    play(scene)


def test_a_request_for_which_nobody_waits_any_more_is_not_read() -> None:
    async def scene(played: Scene) -> None:
        async with played.process() as process:
            first, second, left, last = (played.ask(each) for each in ("first", "second", "left", "last"))
            given = [await process.next() for _ in range(AT_ONCE)]
            left.cancel()
            await asyncio.sleep(0)
            process.answer(given[0][0], b"")

            assert (await process.next())[1] == "last"
            for each in (first, second, last):
                each.cancel()

    play(scene)


def test_what_an_ended_process_had_finds_another_way_and_it_is_started_again() -> None:
    async def scene(played: Scene) -> None:
        async with played.process() as process:
            lost = played.ask("lost")
            await process.next()
        with pytest.raises(NoReadingProcessError):
            await lost
        with pytest.raises(NoReadingProcessError):
            await played.ask("without a process")
        async with played.process() as process:
            found = played.ask("found")
            process.answer((await process.next())[0], b"page")

            assert (await found).body == b"page"

    play(scene)


def test_a_process_that_does_not_answer_until_the_deadline_is_replaced() -> None:
    async def scene(played: Scene) -> None:
        async with played.process() as process:
            in_time = played.ask("in time", seconds=0.001)
            process.answer((await process.next())[0], b"page")
            await in_time
            lost = played.ask("lost", seconds=0.001)
            with pytest.raises(NoReadingProcessError):
                await lost
        async with played.process():
            assert played.pool.is_ready

    play(scene)


def test_a_process_that_cannot_start_is_tried_again() -> None:
    async def scene(played: Scene) -> None:
        attempts = list[int]()
        start = played.pool._start

        def fail_first(connection: socket.socket) -> Any:
            attempts.append(1)
            if len(attempts) == 1:
                raise OSError("no memory")
            return start(connection)

        played.pool._start = fail_first
        async with played.process():
            assert played.pool.is_ready

    play(scene)


@pytest.mark.parametrize("error", [OSError(24, "Too many open files"), RuntimeError("can't start new thread")])
def test_a_lack_of_descriptors_or_threads_does_not_end_the_pool(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    errors, socketpair = [error], socket.socketpair

    def scarce() -> tuple[socket.socket, socket.socket]:
        if errors:
            raise errors.pop()
        return socketpair()

    # That of the event loop is another one.
    monkeypatch.setattr(reading_pool, "socket", SimpleNamespace(socketpair=scarce))

    async def scene(played: Scene) -> None:
        async with played.process() as process:
            asked = played.ask("n=1")
            number, _ = await process.next()
            process.answer(number, b"here")

            assert (await asked).body == b"here"

    play(scene)
