"""Entity tags: a client that has a document already gets 304 instead of it, and a change may require the known state.

A tag is a hash of the document. The tag of an article begins with its version; it is that of the complete document
also in an answer with some of its fields, so that a change can be based on such an answer.
"""

from __future__ import annotations

import re
from http import HTTPStatus

import xxhash
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from copytaster.model.article import Article

KEPT_BY_304 = frozenset({"etag", "cache-control", "content-location", "vary", "date", "expires"})
"""Headers that an answer without the document has as well (RFC 9110, section 15.4.5)."""

_TAG = re.compile(r'(?:W/)?"[^"]*"')


def article_tag(article: Article) -> str:
    """Return the tag of an article as a client sees it: with its version, tagging, status, story, copies and pin."""
    return f'"{article.version}-{_hash(article.model_dump_json().encode())}"'


def matches_strongly(header: str, tag: str) -> bool:
    """Return whether a value of ``If-Match`` has the tag; ``*`` stands for any."""
    return header.strip() == "*" or tag in _TAG.findall(header)


def matches_weakly(header: str, tag: str) -> bool:
    """Return whether a value of ``If-None-Match`` has the tag; ``*`` stands for any."""
    known = {each.removeprefix("W/") for each in _TAG.findall(header)}
    return header.strip() == "*" or tag.removeprefix("W/") in known


class EntityTags:
    """ASGI middleware that gives each JSON document that is read a tag, and answers 304 to whoever has it already."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle the request."""
        if scope["type"] == "http" and scope["method"] == "GET":
            send = _Tagged(send, known=Headers(scope=scope).get("if-none-match", ""))
        await self._app(scope, receive, send)


class _Tagged:
    """Sends one answer; the start of a document waits for the document."""

    def __init__(self, send: Send, *, known: str) -> None:
        self._send = send
        self._known = known
        self._start: Message | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_document(message):
            self._start = message
            return
        if self._start is None:
            await self._send(message)
            return
        start, self._start = self._start, None
        body = b"" if message.get("more_body") else message.get("body", b"")
        if not body:  # a stream
            await self._send(start)
            await self._send(message)
            return
        headers = MutableHeaders(raw=list(start["headers"]))
        tag = headers.setdefault("ETag", f'"{_hash(body)}"')
        if self._known and matches_weakly(self._known, tag):
            kept = [each for each in headers.raw if each[0].decode("latin-1").lower() in KEPT_BY_304]
            await self._send({**start, "status": HTTPStatus.NOT_MODIFIED.value, "headers": kept})
            await self._send({**message, "body": b""})
            return
        await self._send({**start, "headers": headers.raw})
        await self._send(message)


def _is_document(message: Message) -> bool:
    kind = Headers(raw=message["headers"]).get("content-type", "")
    return bool(message["status"] == HTTPStatus.OK and kind.partition(";")[0] == "application/json")


def _hash(content: bytes) -> str:
    return xxhash.xxh3_128_hexdigest(content)
