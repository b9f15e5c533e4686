"""The pages for people: dashboard and documentation; they load nothing from other sites."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from copytaster.model.access import Scope
from copytaster.model.disposition import ADVICE
from copytaster.monitoring.status import SILENCE
from copytaster_api.access_rules import needs, open_to_everybody
from copytaster_api.dependencies import Templates
from copytaster_api.problems import MEANINGS

router = APIRouter(tags=["pages"], default_response_class=HTMLResponse, dependencies=[needs(Scope.READ)])


@router.get("/")
def dashboard(templates: Templates) -> str:
    """Return the dashboard: state, balance, queues, parts, newest articles, and deliveries that need a person."""
    return templates.get_template("dashboard.html").render(advice=ADVICE, silence=SILENCE)


@router.get("/docs", dependencies=[open_to_everybody()])
def documentation(request: Request, templates: Templates) -> str:
    """Return the description of the API as a page; programs read `/openapi.json`."""
    return templates.get_template("docs.html").render(api=request.app.openapi(), problems=MEANINGS)
