"""Requests that read much are answered by the reading processes, as far as there are any."""

from __future__ import annotations

import re

from starlette.types import ASGIApp, Receive, Scope, Send

from copytaster.access.caller import Caller
from copytaster.clock import present_deadline
from copytaster_api.dependencies import ApiDependencies
from copytaster_api.reading_messages import ReadingRequest
from copytaster_api.reading_pool import NoReadingProcessError, ReadingPool
from copytaster_api.request_ids import present_request_id

READ_APART = re.compile(
    r"/api/v1/(?:(?:articles|deliveries|stories)(?:/[^/]+)?|articles/[^/]+/(?:duplicates|versions)|sources)"
)
"""The paths whose documents are read apart: they need the store and the index alone, and programs ask for them all the
time."""

HEADERS = frozenset({b"accept", b"accept-encoding", b"host", b"if-modified-since", b"if-none-match"})
"""The headers on which an answer depends."""


class ReadApart:
    """ASGI middleware that lets a reading process answer a request; without one, the application itself does."""

    def __init__(self, app: ASGIApp, deps: ApiDependencies, pool: ReadingPool) -> None:
        self._app = app
        self._deps = deps
        self._pool = pool

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle the request."""
        if scope["type"] == "http" and self._is_read_apart(scope):
            try:
                answer = await self._pool.answer(
                    _request_of(scope), request_id=present_request_id() or "", seconds=self._seconds()
                )
            except NoReadingProcessError:
                pass
            else:
                await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
                await send({"type": "http.response.body", "body": answer.body})
                return
        await self._app(scope, receive, send)

    def _is_read_apart(self, scope: Scope) -> bool:
        # During an outage the main process knows what to answer.
        is_wanted = scope["method"] == "GET" and READ_APART.fullmatch(scope["path"]) is not None
        return is_wanted and self._pool.is_ready and self._deps.watch.outage is None

    def _seconds(self) -> float:
        deadline = present_deadline.get()
        return deadline.remaining if deadline else self._deps.request_seconds


def _request_of(scope: Scope) -> ReadingRequest:
    headers = tuple(
        (name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"] if name in HEADERS
    )
    caller: Caller = scope["state"]["caller"]
    return ReadingRequest(scope["path"], scope["query_string"].decode("latin-1"), headers, caller.sources)
