"""The dependencies of the routes: ports, not settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Annotated, TypeVar

from fastapi import Depends, HTTPException, Request
from jinja2 import Environment
from prometheus_client import CollectorRegistry

from copytaster.access.authentication import Authentication
from copytaster.access.caller import Caller
from copytaster.articles.acceptance import Accept
from copytaster.articles.deletion import Delete
from copytaster.articles.pins import DecidePin
from copytaster.articles.releases import Decide
from copytaster.bootstrap.effective_settings import EffectiveSetting
from copytaster.clock import Clock, SystemClock
from copytaster.intake.uploads import UploadDesk
from copytaster.model.delivery import Delivery, DeliveryId
from copytaster.model.work import Queues
from copytaster.monitoring.server_watch import ServerOutage, ServerWatch
from copytaster.outbound.webhooks.administration import Webhooks
from copytaster.recovery.dismissal import Dismiss
from copytaster.recovery.failed_files import FailedContent
from copytaster.search.search import Search
from copytaster.searches.administration import SearchDesk
from copytaster.searches.preview import SearchPreview
from copytaster.store.store import Store
from copytaster.stories.decisions import StoryDesk
from copytaster_api.article_documents import ArticleDocuments
from copytaster_api.status_reading import StatusReading

REQUEST_SECONDS = 10.0
"""Longest time to the beginning of an answer: a thousand times the usual one, and less than browsers and proxies wait.
"""

STATUS_SECONDS = 0.5
"""Age up to which a status serves further requests: half of the interval in which people and balancers ask for it."""

T = TypeVar("T")


def _unwatched() -> ServerWatch:
    return ServerWatch(lambda: None, SystemClock())


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiDependencies:
    """The dependencies of the status API. ``registry`` contains the metrics of this process.

    ``store`` and ``queues`` are for reading: a command to a server that hangs fails within a second. ``watch`` knows
    since when the server does not answer; without one, each request finds out itself.
    ``retry`` delivers the file of a failed delivery again in the name of a person (see ``copytaster.recovery.retry``);
    it raises ``OSError`` if the inbox is not writable. ``accept`` turns a copy into a separate article, and
    ``undo_acceptance`` an accepted one into a copy (see ``copytaster.articles.acceptance``), ``release`` releases a
    withheld one (see ``copytaster.articles.releases``), ``delete`` deletes an article (see
    ``copytaster.articles.deletion``), ``pin`` keeps one (see ``copytaster.articles.pins``), ``dismiss`` removes a
    failed file (see ``copytaster.recovery.dismissal``), ``story_desk`` changes stories, ``webhooks`` administers
    endpoints (see ``copytaster.outbound.webhooks``), ``searches`` standing searches (see ``copytaster.searches``).
    Without these ten, the API is read-only. ``search`` finds articles by their texts; without it, ``q`` is answered
    with a problem, and without ``search_preview`` a preview of a standing search. ``authentication`` finds out who
    sends a request; without it, everybody may do everything. ``allowed_hosts`` are the names by which users reach it,
    besides addresses and the names of the loopback interface. It handles ``most_requests`` at the same time, and gives
    a reading request up that has no answer after ``request_seconds``. A status serves requests for ``status_seconds``.
    ``inbox`` is the path of the inbox for people, ``settings`` are those in force, without secrets.
    ``documents`` makes the JSON of articles in lists.
    With ``story_links``, stories have links to those in other languages about the same event.
    ``failed_content`` reads failed files and their reports. ``uploads`` takes files in that arrive in requests.
    """

    store: Store
    queues: Queues
    clock: Clock
    registry: CollectorRegistry
    watch: ServerWatch = field(default_factory=_unwatched)
    retry: Callable[[DeliveryId, str], Delivery] | None = None
    accept: Accept | None = None
    undo_acceptance: Accept | None = None
    release: Decide | None = None
    delete: Delete | None = None
    pin: DecidePin | None = None
    dismiss: Dismiss | None = None
    failed_content: FailedContent | None = None
    uploads: UploadDesk | None = None
    story_desk: StoryDesk | None = None
    search: Search | None = None
    webhooks: Webhooks | None = None
    authentication: Authentication | None = None
    searches: SearchDesk | None = None
    search_preview: SearchPreview | None = None
    allowed_hosts: tuple[str, ...] = ()
    most_requests: int = 192
    request_seconds: float = REQUEST_SECONDS
    status_seconds: float = 0.0
    inbox: str | None = None
    documents: ArticleDocuments = field(default_factory=ArticleDocuments)
    story_links: bool = False
    settings: tuple[EffectiveSetting, ...] = ()


# Both are coroutines, because FastAPI would run a plain function in the thread pool for each request.
async def _deps(request: Request) -> ApiDependencies:
    deps: ApiDependencies = request.app.state.deps
    return deps


async def _templates(request: Request) -> Environment:
    templates: Environment = request.app.state.templates
    return templates


async def _status(request: Request) -> StatusReading:
    reading: StatusReading = request.app.state.status
    return reading


async def _caller(request: Request) -> Caller:
    caller: Caller = request.state.caller
    return caller


async def refuse_during_outage(request: Request) -> None:
    """Raise ``OutageError`` if the server is known not to answer: a request then takes no thread and no second."""
    deps = await _deps(request)
    if outage := deps.watch.outage:
        raise OutageError(outage)


def writing(part: T | None, *, command: str, place: str = "archive") -> T:
    """Return a part of the dependencies that changes something.

    Raises the problem of an API that cannot write to ``place``, which names the command that can.
    """
    if part is None:
        detail = f"this API cannot write to the {place}; use `copytaster {command}`"
        raise HTTPException(HTTPStatus.SERVICE_UNAVAILABLE, detail)
    return part


class OutageError(Exception):
    """The route needs the server, which does not answer."""

    def __init__(self, outage: ServerOutage) -> None:
        super().__init__(outage.cause)
        self.outage = outage


Dependencies = Annotated[ApiDependencies, Depends(_deps)]
"""Type of an endpoint's parameter that receives the dependencies of the application."""

Templates = Annotated[Environment, Depends(_templates)]
"""Type of an endpoint's parameter that receives the page templates."""

StatusReader = Annotated[StatusReading, Depends(_status)]
"""Type of an endpoint's parameter that receives the status which requests share."""

RequestCaller = Annotated[Caller, Depends(_caller)]
"""Type of an endpoint's parameter that receives who sends the request."""
