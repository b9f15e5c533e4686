"""The stream of events."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Header, HTTPException, Query, Request
from fastapi.responses import Response
from sse_starlette import EventSourceResponse
from starlette.types import Receive, Send
from starlette.types import Scope as RequestScope

from copytaster.access.caller import Caller
from copytaster.model.access import Scope
from copytaster.outbound.event_types import EventFilter, SourceBoundFilter
from copytaster.outbound.positions import Position, parse_position
from copytaster_api.access_rules import Sources, needs, open_to_everybody
from copytaster_api.asyncapi import asyncapi_document
from copytaster_api.dependencies import RequestCaller
from copytaster_api.event_feed import EventFeed
from copytaster_api.problems import WrongParameterError, documented
from copytaster_api.schemas import EventFilters

router = APIRouter(tags=["events"], dependencies=[needs(Scope.READ, Sources.PARAMETERS)])

GRACE_SECONDS = 3
"""Time for the streams to end when the process does: the clients notice it within a second."""

STREAM: Mapping[int | str, dict[str, Any]] = {
    HTTPStatus.OK.value: {
        "description": "A stream of server-sent events; the data of each is a document of CloudEvents 1.0.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}


@router.get("/asyncapi.json", dependencies=[open_to_everybody()])
async def asyncapi() -> dict[str, Any]:
    """Return the description of all events for programs, an AsyncAPI 3.0 document."""
    return asyncapi_document()


@router.get(
    "/api/v1/events",
    response_class=Response,
    responses={**STREAM, **documented(HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE)},
)
async def stream_events(
    request: Request,
    filters: Annotated[EventFilters, Query()],
    caller: RequestCaller,
    last_event_id: Annotated[
        str | None,
        Header(
            alias="Last-Event-ID",
            description="Id of the last event that the client has; browsers send it by themselves.",
        ),
    ] = None,
) -> Response:
    """Stream the events as they happen, as server-sent events (SSE); the stream does not end.

    It begins after `Last-Event-ID`, else after `after`, else now. The event `gap` says that older ones are missing.
    While the Redis server does not answer, the stream stays open and is silent.
    """
    feed: EventFeed = request.app.state.feed
    after = _position(last_event_id) or filters.after
    if feed.is_full:
        raise HTTPException(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "too many streams of events are open already; try again when a client has left",
            headers={"Retry-After": "5"},
        )
    return EventStream(feed, feed.follow(after, _filter(filters.filter(), caller)))


class EventStream(EventSourceResponse):
    """A stream of messages of the feed; it counts as a client from its start to its end."""

    def __init__(self, feed: EventFeed, messages: AsyncIterator[bytes]) -> None:
        # The feed sends its own heartbeats, which contain the position.
        super().__init__(messages, ping=0, shutdown_event=feed.closing, shutdown_grace_period=GRACE_SECONDS)
        self._feed = feed

    async def __call__(self, scope: RequestScope, receive: Receive, send: Send) -> None:
        """Send the stream."""
        with self._feed.joined():
            await super().__call__(scope, receive, send)


def _filter(wanted: EventFilter, caller: Caller) -> EventFilter:
    return SourceBoundFilter(**dict(wanted), only=caller.sources) if caller.sources else wanted


def _position(last_event_id: str | None) -> Position | None:
    if not last_event_id:
        return None
    try:
        return parse_position(last_event_id)
    except ValueError as error:
        raise WrongParameterError("Last-Event-ID", str(error)) from error
