"""Limits the number of requests that are handled at the same time."""

from __future__ import annotations

from http import HTTPStatus

from starlette.types import ASGIApp, Receive, Scope, Send

from copytaster_api.problem_types import ProblemType
from copytaster_api.problems import ProblemDocument, respond

ALWAYS_ANSWERED = "/livez"
"""The path that is not counted: it waits for nothing, and a supervisor restarts a process that does not answer it."""

RETRY_AFTER_SECONDS = 1
"""``Retry-After`` of a refused request: most requests take milliseconds."""


class RequestLimit:
    """ASGI middleware that answers 503 to requests beyond ``most``."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app = app
        self._most = most
        self._running = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle the request, unless too many are being handled."""
        if scope["type"] != "http" or scope["path"] == ALWAYS_ANSWERED:
            await self._app(scope, receive, send)
            return
        if self._running >= self._most:
            await self._refuse(scope)(scope, receive, send)
            return
        self._running += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._running -= 1

    def _refuse(self, scope: Scope) -> ASGIApp:
        status = HTTPStatus.SERVICE_UNAVAILABLE
        problem = ProblemDocument(
            type=ProblemType.GENERIC,
            title="Too many requests at the same time",
            status=status.value,
            detail=f"the API is handling {self._most} requests already; try again in {RETRY_AFTER_SECONDS} s",
            instance=scope["path"],
        )
        return respond(problem, {"Retry-After": str(RETRY_AFTER_SECONDS)})
