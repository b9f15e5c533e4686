"""Routes of webhooks: endpoints of receivers, and what became of their messages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request, Response

from copytaster.model.access import Scope
from copytaster.model.webhook import ENDPOINT, Attempt, EndpointId
from copytaster.outbound.webhooks.administration import (
    EndpointOrder,
    EndpointWithSecret,
    ShownEndpoint,
    UnknownEndpointError,
    WebhookRefusedError,
    Webhooks,
)
from copytaster_api.access_rules import needs
from copytaster_api.audit_targets import name_target
from copytaster_api.csrf import refuse_other_sites
from copytaster_api.dependencies import Dependencies, RequestCaller, refuse_during_outage, writing
from copytaster_api.problems import documented
from copytaster_api.schemas import DisableOrder, Replayed, ReplayOrder, WebhookList, WebhookLog

router = APIRouter(
    prefix="/api/v1/webhooks",
    tags=["webhooks"],
    responses=documented(HTTPStatus.SERVICE_UNAVAILABLE),
    dependencies=[needs(Scope.ADMIN), Depends(refuse_during_outage)],
)

FOUND = documented(HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY)

CHANGED = documented(HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY)

FROM_HERE = [Depends(refuse_other_sites)]


async def _webhooks(deps: Dependencies) -> Webhooks:
    return writing(deps.webhooks, command="webhooks")


Administration = Annotated[Webhooks, Depends(_webhooks)]
Id = Annotated[EndpointId, Path(pattern=ENDPOINT, description="Id of the endpoint.")]


@router.get("")
def list_webhooks(webhooks: Administration) -> WebhookList:
    """Return the endpoints, the oldest first, with the numbers of their messages."""
    return WebhookList(items=tuple(webhooks.list()))


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    dependencies=FROM_HERE,
    responses=documented(HTTPStatus.FORBIDDEN, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY),
)
def create_webhook(
    order: EndpointOrder, webhooks: Administration, request: Request, response: Response
) -> EndpointWithSecret:
    """Create an endpoint, which gets the events from now on; its secret is returned here, and not shown again."""
    host = _host_of(order.url)
    name_target(request, host)
    with _translated():
        created = webhooks.create(order)
    name_target(request, created.id, host)
    response.headers["Location"] = request.app.url_path_for("show_webhook", endpoint_id=created.id)
    return created


@router.get("/{endpoint_id}", responses=FOUND)
def show_webhook(endpoint_id: Id, webhooks: Administration) -> ShownEndpoint:
    """Return one endpoint, with the numbers of its messages."""
    with _translated():
        return webhooks.show(endpoint_id)


@router.get("/{endpoint_id}/attempts", responses=FOUND)
def list_attempts(endpoint_id: Id, webhooks: Administration) -> WebhookLog:
    """Return the last 100 attempts to send messages to an endpoint, the latest first."""
    with _translated():
        return WebhookLog(items=webhooks.log(endpoint_id))


@router.delete("/{endpoint_id}", status_code=HTTPStatus.NO_CONTENT, dependencies=FROM_HERE, responses=CHANGED)
def delete_webhook(endpoint_id: Id, webhooks: Administration) -> None:
    """Delete an endpoint with its messages."""
    with _translated():
        webhooks.delete(endpoint_id)


@router.post("/{endpoint_id}/rotate", dependencies=FROM_HERE, responses=CHANGED)
def rotate_webhook(endpoint_id: Id, webhooks: Administration) -> EndpointWithSecret:
    """Give an endpoint a new secret, and return it; for a day messages are signed by the former one as well."""
    with _translated():
        return webhooks.rotate(endpoint_id)


@router.post("/{endpoint_id}/disable", dependencies=FROM_HERE, responses=CHANGED)
def disable_webhook(
    endpoint_id: Id, webhooks: Administration, caller: RequestCaller, order: Annotated[DisableOrder, Query()]
) -> ShownEndpoint:
    """Switch an endpoint off: its waiting messages are dead, and later events make none."""
    with _translated():
        return webhooks.disable(endpoint_id, by=caller.signature(order.by), why=order.why)


@router.post("/{endpoint_id}/enable", dependencies=FROM_HERE, responses=CHANGED)
def enable_webhook(endpoint_id: Id, webhooks: Administration) -> ShownEndpoint:
    """Switch an endpoint on: it gets the events from now on, and dead messages when they are replayed."""
    with _translated():
        return webhooks.enable(endpoint_id)


@router.post("/{endpoint_id}/replay", dependencies=FROM_HERE, responses=CHANGED)
def replay_webhook(
    endpoint_id: Id, webhooks: Administration, request: Request, order: Annotated[ReplayOrder, Query()]
) -> Replayed:
    """Send dead messages of an endpoint again, one or all."""
    name_target(request, order.event)
    with _translated():
        return Replayed(count=webhooks.replay(endpoint_id, order.event))


@router.post("/{endpoint_id}/test", dependencies=FROM_HERE, responses=CHANGED)
def test_webhook(endpoint_id: Id, webhooks: Administration) -> Attempt:
    """Send a message of the type `webhook.test` to an endpoint now, and return what became of it."""
    with _translated():
        return webhooks.test(endpoint_id)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except UnknownEndpointError as error:
        raise HTTPException(HTTPStatus.NOT_FOUND, str(error)) from error
    except WebhookRefusedError as error:
        raise HTTPException(HTTPStatus.CONFLICT, str(error)) from error


def _host_of(url: str) -> str | None:
    """Return the host of an address, whose path may be a password; None if it is no address."""
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None
