"""``HEAD`` wherever ``GET`` works: the same status and headers, without the body."""

from __future__ import annotations

import anyio
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class HeadRequests:
    """ASGI middleware that handles ``HEAD`` as ``GET`` and drops the body; a stream is ended after its headers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle the request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        has_ended = False

        async def send_without_body(message: Message) -> None:
            nonlocal has_ended
            if message["type"] != "http.response.start" or has_ended:
                return
            has_ended = True
            await send(message)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            rest.cancel()  # of a stream, which has no end of its own

        with anyio.CancelScope() as rest:
            await self._app({**scope, "method": "GET"}, receive, send_without_body)
