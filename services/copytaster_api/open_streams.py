"""Ends an answer that goes on when the key of its receiver is revoked or expires, or when keys begin to be needed.

The stream of events has no end of its own, and just ends. Any other answer, such as an export, is broken off: one that
ended would be taken for the whole.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

from starlette.datastructures import Headers
from starlette.types import Message, Send

from copytaster.access.authentication import NoCredentialsError
from copytaster.access.keyring import RefusedKeyError
from copytaster.errors import ServerUnavailableError, TransientError
from copytaster_api.dependencies import OutageError

CHECK_SECONDS = 1.0
"""Interval of checks, at most: each is a read of the archive."""


EVENT_STREAM = "text/event-stream"


class BrokenOffError(Exception):
    """The rest of the answer may not be sent; the connection must be closed without an end of the answer."""


class StreamCheck:
    """Checks the key before a part of an answer is sent: the stream of events has one every 15 s at least."""

    def __init__(self, send: Send, identify: Callable[[], Awaitable[object]]) -> None:
        self._send = send
        self._identify = identify
        self._checked = time.monotonic()
        self._ended = False
        self._may_end = False

    async def send(self, message: Message) -> None:
        """Send a message, or end the answer; what the route sends after that is dropped.

        Raises ``BrokenOffError``.
        """
        if self._ended:
            return
        if message["type"] == "http.response.start":
            self._may_end = Headers(raw=message["headers"]).get("content-type", "").startswith(EVENT_STREAM)
        goes_on = message["type"] == "http.response.body" and message.get("more_body", False)
        if goes_on and time.monotonic() - self._checked >= CHECK_SECONDS and not await self._is_permitted():
            self._ended = True
            if not self._may_end:
                raise BrokenOffError
            message = {"type": "http.response.body", "body": b"", "more_body": False}
        await self._send(message)

    async def _is_permitted(self) -> bool:
        try:
            await self._identify()
        except (OutageError, ServerUnavailableError):
            return True  # there are no events while the server does not answer
        except (NoCredentialsError, RefusedKeyError, TransientError):
            return False
        self._checked = time.monotonic()
        return True
