"""Limits of connections: how many there are, and how long each may take to send a request and to read the answer.

uvicorn itself limits neither: a client that sends a byte now and then keeps a connection, and with enough of them the
process has no file descriptor left to accept another one.
"""

from __future__ import annotations

import asyncio
import resource
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import anyio.to_thread
import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

HEAD_SECONDS = 10.0
"""Longest time from the start of a connection, or from the end of the answer before, to the end of a request's header.
"""

BODY_SECONDS = 30.0
"""Longest time for the body of a request, which has a few bytes; that of an upload may take longer."""

UPLOAD = ("POST", "/api/v1/deliveries")
"""Method and path of the request whose body may be large."""

UPLOAD_BYTES = 512 * 1024
"""Bytes of an upload that have to arrive in each ``BODY_SECONDS``: whoever sends less than 17 KB/s only holds a place.
"""

WRITE_SECONDS = 20.0
"""Longest time for which a client may read nothing of an answer. A slow network delivers something in that time."""

BACKLOG = 128
"""Most connections that wait in the kernel to be accepted; there are few dashboards and scrapers."""

MAX_CONNECTIONS = 256
"""Enough for a hundred dashboards; a connection takes some 100 KB at most."""

MAX_THREADS = 8
"""Most requests that read the store at the same time, each with its own connections to the server.

They take turns with the event loop for Python's interpreter: with 32, a health check waited two to four times as long
as with 6, and the requests themselves were not slower.
"""


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """How many connections are open, and how many requests and threads are active, at most.

    There are fewer requests than connections, so that one connection at least waits for a request and can be closed.
    """

    connections: int
    requests: int
    threads: int


def limits_for(descriptors: int) -> ConnectionLimits:
    """Return the limits for a process that may open this many file descriptors.

    A third is for clients, and an eighth for threads, each of which may hold two connections to the server; the rest
    remains for the program itself, which opens about fifteen, and for files.
    """
    connections = max(8, min(MAX_CONNECTIONS, descriptors // 3))
    return ConnectionLimits(
        connections, requests=connections * 3 // 4, threads=max(4, min(MAX_THREADS, descriptors // 8))
    )


def descriptor_limit() -> int:
    """Return how many file descriptors this process may open."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return soft if soft != resource.RLIM_INFINITY else MAX_CONNECTIONS * 3


class BoundedProtocol(H11Protocol):
    """A connection with deadlines. A new one beyond the limit replaces the oldest that waits for a request."""

    most_connections = MAX_CONNECTIONS
    waiting_since = 0.0

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._phase: str | None = None
        self._received = 0
        self._deadline: asyncio.TimerHandle | None = None
        self._write_deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Accept the connection, if need be in place of another one."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  # it is a TCP connection
        if len(self.connections) >= self.most_connections and not self._close_idle():
            self.transport = transport
            transport.abort()
            return
        super().connection_made(transport)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timers."""
        for timer in (self._deadline, self._write_deadline):
            if timer:
                timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read a part of a request."""
        self._received += len(data)
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        super().on_response_complete()
        self._watch()

    def pause_writing(self) -> None:
        """Wait until the client has read a part of the answer."""
        super().pause_writing()
        self._write_deadline = self.loop.call_later(WRITE_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """Continue the answer."""
        if self._write_deadline:
            self._write_deadline.cancel()
        super().resume_writing()

    @property
    def is_waiting(self) -> bool:
        """Whether no complete header has arrived since the connection was made or the last answer ended."""
        return self._phase == "head"

    def _close_idle(self) -> bool:
        """Close the oldest connection that waits for a request; return whether there was one."""
        waiting = (each for each in self.connections if isinstance(each, BoundedProtocol) and each.is_waiting)
        oldest = min(waiting, key=lambda each: each.waiting_since, default=None)
        if oldest is None:
            return False
        self.connections.discard(oldest)
        oldest.abandon()
        return True

    def abandon(self) -> None:
        """Close the connection at once."""
        self._phase = None
        self.transport.abort()

    def _watch(self) -> None:
        """Start the timer of the present phase; more data does not extend it."""
        phase = self._present_phase()
        if phase == self._phase:
            return
        self._phase = phase
        if self._deadline:
            self._deadline.cancel()
            self._deadline = None
        if phase:
            self.waiting_since = self.loop.time()
            self._received = 0
            seconds, end = (HEAD_SECONDS, self.abandon) if phase == "head" else (BODY_SECONDS, self._end_body)
            self._deadline = self.loop.call_later(seconds, end)

    def _end_body(self) -> None:
        """Close the connection, unless enough of an upload has arrived since the last deadline."""
        if (self.scope["method"], self.scope["path"]) != UPLOAD or self._received < UPLOAD_BYTES:
            self.abandon()
            return
        self._received = 0
        self._deadline = self.loop.call_later(BODY_SECONDS, self._end_body)

    def _present_phase(self) -> str | None:
        match self.conn.their_state:
            case h11.IDLE:
                return "head"
            case h11.SEND_BODY:
                return "body"
            case _:
                return None


class BoundedServer(uvicorn.Server):
    """A server that accepts a few connections at a time, and works on a limited number of requests in threads."""

    def __init__(self, config: uvicorn.Config, limits: ConnectionLimits) -> None:
        super().__init__(config)
        self._limits = limits

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to listen."""
        anyio.to_thread.current_default_thread_limiter().total_tokens = self._limits.threads
        await super().startup(sockets)
        for each in sockets or ():
            each.listen(BACKLOG)  # asyncio has reduced it to the number that it accepts at a time


def serve(app: Any, sockets: Sequence[socket.socket], limits: ConnectionLimits, *, grace: int) -> None:
    """Serve ``app`` on the sockets until a signal, with ``grace`` seconds for open requests."""
    protocol = type("Protocol", (BoundedProtocol,), {"most_connections": limits.connections})
    config = uvicorn.Config(
        app,
        http=protocol,
        ws="none",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=grace,
        # Connections that asyncio accepts at once, before the protocol can count them.
        backlog=max(1, limits.connections // 8),
    )
    BoundedServer(config, limits).run(sockets=list(sockets))
