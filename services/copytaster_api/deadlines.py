"""The deadline of each request that reads: past it, the answer is 503, and the thread ends at its next command."""

from __future__ import annotations

import math

import anyio
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from copytaster.clock import Deadline, present_deadline
from copytaster_api.problems import past_deadline

READING = frozenset({"GET", "HEAD"})
"""Methods with a deadline. A change is not interrupted: its commands have timeouts of their own."""


class RequestDeadline:
    """ASGI middleware that answers 503 to a request without the beginning of an answer after ``seconds``.

    A request that waits for a thread is given up at once. One that has a thread is given up when that sends its next
    command to the Redis server (see ``copytaster.store.redis.client``). A stream that has begun has no deadline.
    """

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle the request."""
        if scope["type"] != "http" or scope["method"] not in READING:
            await self._app(scope, receive, send)
            return
        deadline = Deadline(self._seconds)
        present_deadline.set(deadline)
        has_begun = False

        async def send_in_time(message: Message) -> None:
            nonlocal has_begun
            if rest.cancel_called:  # the answer below replaces what comes too late
                return
            if message["type"] == "http.response.start":
                has_begun, rest.deadline = True, math.inf
                deadline.lift()
            await send(message)

        with anyio.move_on_after(self._seconds) as rest:
            try:
                await self._app(scope, receive, send_in_time)
            finally:
                deadline.lift()  # tasks that the request has started go on
        if rest.cancel_called and not has_begun:
            await past_deadline(scope["path"])(scope, receive, send)
