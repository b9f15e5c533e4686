"""Ends an answer that goes on, such as the stream of events, when the key of its receiver is revoked or expires."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

from starlette.types import Message, Send

from copytaster.access.authentication import NoCredentialsError
from copytaster.access.keyring import RefusedKeyError
from copytaster.errors import ServerUnavailableError, TransientError
from copytaster_api.dependencies import OutageError

CHECK_SECONDS = 1.0
"""Interval of checks, at most: each is a read of the archive."""


class StreamCheck:
    """Checks the key before a part of an answer is sent: the stream of events has one every 15 s at least."""

    def __init__(self, send: Send, identify: Callable[[], Awaitable[object]]) -> None:
        self._send = send
        self._identify = identify
        self._checked = time.monotonic()
        self._ended = False

    async def send(self, message: Message) -> None:
        """Send a message, or end the answer; what the route sends after that is dropped."""
        if self._ended:
            return
        goes_on = message["type"] == "http.response.body" and message.get("more_body", False)
        if goes_on and time.monotonic() - self._checked >= CHECK_SECONDS and not await self._is_permitted():
            self._ended = True
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
