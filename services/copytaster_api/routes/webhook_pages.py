"""The pages of webhooks: the endpoints, and one of them with its dead messages and its log."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import HTTPException
from fastapi import Path as PathParameter
from fastapi.responses import Response

from copytaster.model.access import Scope
from copytaster.model.webhook import ENDPOINT, EndpointId
from copytaster.outbound.webhooks.administration import UnknownEndpointError
from copytaster_api.dependencies import Dependencies
from copytaster_api.page_frame import Pages
from copytaster_api.page_routers import page_router
from copytaster_api.problems import documented

router = page_router("/webhooks", scope=Scope.ADMIN)


@router.get("")
def webhook_list(deps: Dependencies, pages: Pages) -> Response:
    """Return the page with the endpoints of webhooks, and the numbers of their messages."""
    endpoints = deps.webhooks.list() if deps.webhooks else []
    return pages.render("webhooks.html", endpoints=endpoints, available=deps.webhooks is not None)


@router.get("/{endpoint_id}", responses=documented(HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY))
def webhook_page(
    endpoint_id: Annotated[EndpointId, PathParameter(pattern=ENDPOINT)], deps: Dependencies, pages: Pages
) -> Response:
    """Return the page of an endpoint: its state, its dead messages, which can be sent again, and its last attempts."""
    if deps.webhooks is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, "this status API has no webhooks")
    try:
        return pages.render(
            "webhook.html",
            endpoint=deps.webhooks.show(endpoint_id),
            dead=deps.webhooks.dead(endpoint_id),
            attempts=deps.webhooks.log(endpoint_id),
        )
    except UnknownEndpointError as error:
        raise HTTPException(HTTPStatus.NOT_FOUND, f"there is no webhook endpoint {endpoint_id}") from error
