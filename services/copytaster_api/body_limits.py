"""Limits the bodies of requests: all but those of uploads are read into memory."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import HTTPException
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from copytaster_api.connections import UPLOAD
from copytaster_api.problems import ProblemDocument, respond

BODY_BYTES = 1024 * 1024
"""Largest body of an order: the longest that makes sense, with the ids of 200 articles, has some 6 KB."""

FORM_BYTES = 8_192
"""Largest body of the form of a login: a key and the address of a page."""

FORMS = frozenset({"/login", "/logout"})
"""Paths of forms, which are sent by whoever has no key yet."""


class BodyLimit:
    """ASGI middleware that answers 413 to a request whose body is too large; an upload has limits of its own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle the request; of a body whose length is not announced, nothing is read beyond the limit."""
        if scope["type"] != "http" or (scope["method"], scope["path"]) == UPLOAD:
            await self._app(scope, receive, send)
            return
        most = FORM_BYTES if scope["path"] in FORMS else BODY_BYTES
        if _announced(scope) > most:
            refusal = ProblemDocument.of(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _detail(most), scope["path"])
            await respond(refusal)(scope, receive, send)
            return
        received = 0

        async def receive_limited() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > most:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _detail(most))
            return message

        await self._app(scope, receive_limited, send)


def _announced(scope: Scope) -> int:
    length = Headers(scope=scope).get("content-length", "")
    return int(length) if length.isdecimal() else 0


def _detail(most: int) -> str:
    return f"the body of this request may have {most} bytes at most; files are uploaded to {UPLOAD[1]}"
