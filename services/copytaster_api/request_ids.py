"""Ids of requests: one from the header ``X-Request-ID`` or a new one, in the answer, in problems and in the log."""

from __future__ import annotations

import re
from uuid import uuid4

import structlog
from asgi_correlation_id import CorrelationIdMiddleware, correlation_id
from starlette.types import ASGIApp, Receive, Scope, Send

HEADER = "X-Request-ID"

VALID = re.compile(r"[0-9A-Za-z._:-]{1,128}", re.ASCII)
"""What others send: UUIDs, hexadecimal digits, and names with numbers; nothing that a log line has to escape."""


def request_id_of(given: str) -> str:
    """Return the id that the client or a proxy has given, or a new one if it is not valid."""
    return given if VALID.fullmatch(given) else uuid4().hex


def present_request_id() -> str | None:
    """Return the id of the request that is being handled; None outside of requests."""
    return correlation_id.get()


class RequestIds:
    """ASGI middleware that gives each request its id."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._identified = CorrelationIdMiddleware(
            self._bound, header_name=HEADER, validator=None, transformer=request_id_of
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle the request, and return its id in the answer."""
        await self._identified(scope, receive, send)

    async def _bound(self, scope: Scope, receive: Receive, send: Send) -> None:
        if request_id := present_request_id():
            structlog.contextvars.bind_contextvars(request_id=request_id)
        await self._app(scope, receive, send)
