"""The documentation of the API as a page; it loads nothing from other sites."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from copytaster_api.access_rules import open_to_everybody
from copytaster_api.dependencies import Templates
from copytaster_api.problem_types import MEANINGS

router = APIRouter(tags=["pages"], default_response_class=HTMLResponse)


@router.get("/docs", dependencies=[open_to_everybody()])
def documentation(request: Request, templates: Templates) -> str:
    """Return the description of the API as a page; programs read `/openapi.json`."""
    return templates.get_template("docs.html").render(api=request.app.openapi(), problems=MEANINGS)
