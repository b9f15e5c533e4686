"""The stream by which pages learn that there is something new."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from http import HTTPStatus

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response
from sse_starlette import ServerSentEvent

from copytaster.model.access import Scope
from copytaster_api.access_rules import needs
from copytaster_api.event_feed import HEARTBEAT_SECONDS, RETRY_MILLISECONDS, EventFeed
from copytaster_api.problems import documented
from copytaster_api.routes.events import STREAM, EventStream

router = APIRouter(tags=["pages"], dependencies=[needs(Scope.READ)])

LEAST_SECONDS = 2.0
"""Time between two messages: a person reads no faster, and each message makes a page be read again."""


@router.get(
    "/changes",
    response_class=Response,
    responses={**STREAM, **documented(HTTPStatus.SERVICE_UNAVAILABLE)},
)
async def stream_changes(request: Request) -> Response:
    """Stream a message without content after each event, at most one in two seconds, for pages that keep up to date."""
    feed: EventFeed = request.app.state.feed
    if feed.is_full:
        raise HTTPException(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "too many streams of events are open already; the page is read again at intervals instead",
            headers={"Retry-After": "5"},
        )
    return EventStream(feed, changes(feed))


async def changes(
    feed: EventFeed, *, least: float = LEAST_SECONDS, heartbeat: float = HEARTBEAT_SECONDS
) -> AsyncIterator[bytes]:
    """Yield a message after each event of the feed, at most one in ``least`` seconds, until the process ends."""
    yield ServerSentEvent(comment="changes of copytaster", retry=RETRY_MILLISECONDS).encode()
    known = feed.live.end if feed.live else None
    while not feed.closing.is_set():
        end = feed.live.end if feed.live else None
        if end == known:
            if not await feed.has_news(heartbeat):
                yield ServerSentEvent(comment="heartbeat").encode()
            continue
        # The first position says only that the reader has begun.
        if known is not None:
            yield ServerSentEvent("", event="changed").encode()
            await asyncio.sleep(least)
        known = end
