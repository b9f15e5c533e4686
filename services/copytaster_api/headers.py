"""Security headers of every response, so that a hostile file name or title does no harm in a browser."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = {
    # No resources from other sites and no inline scripts: an injected script would not run.
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    ),
    # Otherwise a browser may interpret an article's JSON as HTML.
    "X-Content-Type-Options": "nosniff",
    # Links to the pages of articles do not reveal the dashboard's address to those sites.
    # Within this site browsers keep it: without a referrer, forms would be sent with `Origin: null`, and be refused.
    "Referrer-Policy": "same-origin",
    # Responses describe the present state; pages and scripts are small and must match the running version.
    # Only the browser itself may store them: they differ by key, and a key may be revoked.
    "Cache-Control": "private, no-cache",
}


class SecurityHeaders:
    """ASGI middleware that adds ``HEADERS`` to each response."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle the request, and add the headers to the response."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self._app(scope, receive, send_with_headers)
