"""The dependencies of the routes: ports, not settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from jinja2 import Environment
from prometheus_client import CollectorRegistry

from copytaster.articles.acceptance import Accept
from copytaster.clock import Clock
from copytaster.model.delivery import Delivery, DeliveryId
from copytaster.model.work import Queues
from copytaster.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiDependencies:
    """The dependencies of the status API. ``registry`` contains the metrics of this process.

    ``retry`` delivers the file of a failed delivery again (see ``copytaster.recovery.retry``); it raises ``OSError`` if
    the inbox is not writable. ``accept`` turns a copy into a separate article (see ``copytaster.articles.acceptance``).
    Without these two, the API is read-only.
    """

    store: Store
    queues: Queues
    clock: Clock
    registry: CollectorRegistry
    retry: Callable[[DeliveryId], Delivery] | None = None
    accept: Accept | None = None


# Both are coroutines, because FastAPI would run a plain function in the thread pool for each request.
async def _deps(request: Request) -> ApiDependencies:
    deps: ApiDependencies = request.app.state.deps
    return deps


async def _templates(request: Request) -> Environment:
    templates: Environment = request.app.state.templates
    return templates


Dependencies = Annotated[ApiDependencies, Depends(_deps)]
"""Type of an endpoint's parameter that receives the dependencies of the application."""

Templates = Annotated[Environment, Depends(_templates)]
"""Type of an endpoint's parameter that receives the page templates."""
