"""Creates the application of the status API from its dependencies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Depends, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, PackageLoader
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

import copytaster
from copytaster.monitoring.shared_status import SharedStatus
from copytaster.monitoring.status import read_status
from copytaster.outbound.outgoing import OutgoingEvents
from copytaster_api.access_control import AccessControl
from copytaster_api.access_problems import install_access_handlers
from copytaster_api.body_limits import BodyLimit
from copytaster_api.compression import Compression
from copytaster_api.concurrency import RequestLimit
from copytaster_api.deadlines import RequestDeadline
from copytaster_api.dependencies import ApiDependencies
from copytaster_api.entity_tags import EntityTags
from copytaster_api.event_feed import EventFeed
from copytaster_api.failed_attempts import FailedAttempts
from copytaster_api.head_requests import HeadRequests
from copytaster_api.headers import SecurityHeaders
from copytaster_api.hosts import AllowedHosts
from copytaster_api.openapi import complete_document
from copytaster_api.openapi_access import describe_access
from copytaster_api.parameters import refuse_unknown_parameters
from copytaster_api.problems import documented, install_handlers
from copytaster_api.reading_apart import ReadApart
from copytaster_api.reading_pool import ReadingPool
from copytaster_api.request_ids import RequestIds
from copytaster_api.route_rules import rules_of
from copytaster_api.routes import (
    article_changes,
    article_pages,
    articles,
    audit,
    deliveries,
    delivery_pages,
    events,
    export,
    failed,
    feeds,
    health,
    jobs,
    metrics,
    overview_pages,
    page_changes,
    pages,
    pauses,
    quarantine_pages,
    searches,
    session,
    status,
    stories,
    story_pages,
    system_pages,
    uploads,
    webhook_pages,
    webhooks,
    where_pages,
)
from copytaster_api.status_reading import StatusReading

__all__ = ["ApiDependencies", "create_app"]

PAGES = (
    overview_pages,
    pages,
    page_changes,
    where_pages,
    article_pages,
    story_pages,
    delivery_pages,
    quarantine_pages,
    system_pages,
    webhook_pages,
)
"""The routes for people."""

FAMILIES = (
    *PAGES,
    session,
    status,
    deliveries,
    uploads,
    failed,
    jobs,
    pauses,
    articles,
    article_changes,
    export,
    feeds,
    stories,
    events,
    searches,
    webhooks,
    audit,
    health,
    metrics,
)
"""The families of routes, in the order of their description."""

STREAMS_SHARE = 2 / 3
"""Share of the requests at the same time that may be streams of events, which do not end: 128 of 192."""

DESCRIPTION = (
    "Shows where every file is, what became of it, and whether the system makes progress.\n\n"
    "Lists have pages: pass `next_cursor` as `cursor` until it is null. Times are RFC 3339 in UTC. Absent values are"
    " null. Errors are RFC 9457 problem documents."
)


class StatusApi(FastAPI):
    """A FastAPI application whose OpenAPI document has problem documents and examples."""

    def build_middleware_stack(self) -> ASGIApp:
        """Return what handles requests; answers to unexpected errors have an id and the security headers as well."""
        return SecurityHeaders(RequestIds(super().build_middleware_stack()))

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document, which the applications of one process share."""
        return _openapi_document()


def create_app(deps: ApiDependencies, pool: ReadingPool | None = None) -> FastAPI:
    """Return the application; it does not use the store before the first request.

    Requests that read much are passed to the processes of ``pool``, as far as they run.
    """
    app = create_reading_app(deps, lifespan=_lifespan(pool) if pool else None)
    if pool:
        app.add_middleware(ReadApart, deps=deps, pool=pool)
    app.add_middleware(BodyLimit)
    app.add_middleware(AccessControl, deps=deps, failures=app.state.failures)
    app.add_middleware(RequestDeadline, seconds=deps.request_seconds)
    app.add_middleware(RequestLimit, most=deps.most_requests)
    app.add_middleware(AllowedHosts, names=deps.allowed_hosts)
    app.add_middleware(HeadRequests)
    return app


def _lifespan(pool: ReadingPool) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """Return what keeps the processes of the pool running while the application runs."""

    @asynccontextmanager
    async def run_pool(_: FastAPI) -> AsyncIterator[None]:
        task = asyncio.create_task(pool.run())
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    return run_pool


def create_reading_app(
    deps: ApiDependencies, *, lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]] | None = None
) -> FastAPI:
    """Return the part of the application that handles admitted requests, of which ``state.caller`` is known."""
    app = StatusApi(docs_url=None, redoc_url=None, lifespan=lifespan)
    app.state.deps = deps
    most_clients = max(1, int(deps.most_requests * STREAMS_SHARE))
    app.state.feed = EventFeed(OutgoingEvents(deps.store, deps.clock), most_clients=most_clients)
    app.state.templates = Environment(loader=PackageLoader("copytaster_api"), autoescape=True, trim_blocks=True)
    app.state.failures = FailedAttempts()
    app.state.status = StatusReading(
        SharedStatus(lambda: read_status(deps.store, deps.queues, now=deps.clock.now()), seconds=deps.status_seconds)
    )
    install_handlers(app)
    install_access_handlers(app)
    # The last one is the first that handles a request.
    app.add_middleware(EntityTags)
    app.add_middleware(Compression)
    # Each family before the matching one costs a request some ten calls, and programs ask more often than people.
    app.router.routes.extend([*_routes()[len(PAGES) :], *_routes()[: len(PAGES)]])
    app.mount("/static", StaticFiles(directory=Path(__file__).with_name("static")))
    return app


@cache
def _routes() -> Sequence[BaseRoute]:
    """Return all routes, which know nothing of an application: those of one process share them.

    FastAPI builds the validators of a route at its first request, which takes .13 s of CPU for all of them.
    """
    router = APIRouter(
        dependencies=[Depends(refuse_unknown_parameters)], responses=documented(HTTPStatus.UNPROCESSABLE_ENTITY)
    )
    for family in FAMILIES:
        router.include_router(family.router)
    router.include_router(stories.decision_router)
    return router.routes


@cache
def _openapi_document() -> dict[str, Any]:
    """Return the OpenAPI document of the routes. Cost: .6 s of CPU at the first call."""
    document = get_openapi(
        title="Copytaster", version=copytaster.__version__, description=DESCRIPTION, routes=_routes()
    )
    describe_access(document, rules_of(_routes()))
    complete_document(document)
    return document
