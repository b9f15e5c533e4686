"""What the routes are handed: ports, never settings."""

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
    """What the status API works with. ``registry`` holds the figures of this process.

    ``retry`` delivers the file of a failed delivery again (see ``copytaster.recovery.retry``); it may raise ``OSError``
    where the inbox cannot be written. ``accept`` makes a copy an article of its own (see
    ``copytaster.articles.acceptance``). Without them the API is read-only.
    """

    store: Store
    queues: Queues
    clock: Clock
    registry: CollectorRegistry
    retry: Callable[[DeliveryId], Delivery] | None = None
    accept: Accept | None = None


# Both are coroutines because a plain function would cost each request a trip through the thread pool.
async def _deps(request: Request) -> ApiDependencies:
    deps: ApiDependencies = request.app.state.deps
    return deps


async def _templates(request: Request) -> Environment:
    templates: Environment = request.app.state.templates
    return templates


Given = Annotated[ApiDependencies, Depends(_deps)]
"""Parameter type by which an endpoint asks for the dependencies of its application."""

Templates = Annotated[Environment, Depends(_templates)]
"""Parameter type by which an endpoint asks for the page templates."""
