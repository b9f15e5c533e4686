"""The status API as one application, made from its dependencies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, PackageLoader

import copytaster
from copytaster_api.dependencies import ApiDependencies
from copytaster_api.headers import SecurityHeaders
from copytaster_api.problems import MEDIA_TYPE, install_handlers
from copytaster_api.routes import articles, deliveries, health, metrics, pages, status, stories

__all__ = ["ApiDependencies", "create_app"]

FASTAPI_VALIDATION = "Validation Error"
"""The description by which FastAPI's own answer to wrong parameters is known; ours says otherwise."""

DESCRIPTION = (
    "Where every file is, what came out of it, and whether the system makes progress.\n\n"
    "Lists are pages: pass `next_cursor` as `cursor` until it is null. Times are RFC 3339 in UTC. Absent values are"
    " null. Errors are RFC 9457 problem documents."
)


class StatusApi(FastAPI):
    """A FastAPI application whose OpenAPI document tells the truth about errors."""

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document, made once; errors have the media type of problem documents."""
        document = super().openapi()
        for unused in ("HTTPValidationError", "ValidationError"):
            document["components"]["schemas"].pop(unused, None)
        for methods in document["paths"].values():
            for operation in methods.values():
                _correct_errors(operation["responses"])
        return document


def create_app(deps: ApiDependencies) -> FastAPI:
    """Return the application, ready for a server; it asks nothing of the store before the first request."""
    app = StatusApi(
        title="Copytaster", version=copytaster.__version__, description=DESCRIPTION, docs_url=None, redoc_url=None
    )
    app.state.deps = deps
    app.state.templates = Environment(loader=PackageLoader("copytaster_api"), autoescape=True, trim_blocks=True)
    install_handlers(app)
    app.add_middleware(SecurityHeaders)
    for family in (pages, status, deliveries, articles, stories, health, metrics):
        app.include_router(family.router)
    app.mount("/static", StaticFiles(directory=Path(__file__).with_name("static")))
    return app


def _correct_errors(responses: dict[str, Any]) -> None:
    """Give errors the media type that they have: FastAPI writes the one of the route's success.

    Its own 422 goes altogether: it adds one to each route with a parameter, even where every text is a right value.
    """
    if responses.get("422", {}).get("description") == FASTAPI_VALIDATION:
        del responses["422"]
    for response in (response for status_code, response in responses.items() if status_code >= "400"):
        response["content"] = {MEDIA_TYPE: next(iter(response["content"].values()))}
