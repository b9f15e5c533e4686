"""Headers that keep a hostile file name or title harmless in a browser, on every answer."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = {
    # Nothing from elsewhere, nothing inline: a script that slipped into a page would not run.
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    ),
    # Without it a browser may take an article's JSON for HTML.
    "X-Content-Type-Options": "nosniff",
    # Links to articles' own pages do not tell those sites where the newsroom's dashboard is.
    "Referrer-Policy": "no-referrer",
    # Every answer is about this moment; pages and scripts are small and come with the version that is running.
    "Cache-Control": "no-cache",
}


class SecurityHeaders:
    """ASGI middleware that adds ``HEADERS`` to each answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and the answer back with the headers."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self._app(scope, receive, send_with_headers)
