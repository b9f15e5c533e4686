"""The routers of the pages for people that show data of the store."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from copytaster.model.access import Scope
from copytaster_api.access_rules import needs
from copytaster_api.dependencies import refuse_during_outage
from copytaster_api.page_frame import PageRoute
from copytaster_api.problems import documented


def page_router(prefix: str = "", *, scope: Scope = Scope.READ, problems: tuple[HTTPStatus, ...] = ()) -> APIRouter:
    """Return a router whose routes answer with pages, for keys of ``scope``; during an outage of the server, with 503.

    ``problems`` are the further problems that all of its routes may answer with.
    """
    return APIRouter(
        prefix=prefix,
        route_class=PageRoute,
        tags=["pages"],
        default_response_class=HTMLResponse,
        responses=documented(*problems, HTTPStatus.SERVICE_UNAVAILABLE),
        dependencies=[needs(scope), Depends(refuse_during_outage)],
    )
