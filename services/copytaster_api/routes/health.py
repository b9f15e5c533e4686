"""Health checks: whether this process runs, and whether the status of the system has problems."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import Response

from copytaster.errors import ServerUnavailableError
from copytaster.monitoring.problem import Problem
from copytaster_api.access_rules import open_to_everybody, open_to_everybody_with_more_for_some
from copytaster_api.dependencies import ApiDependencies, Dependencies, StatusReader
from copytaster_api.problem_types import ProblemType
from copytaster_api.problems import ProblemDocument, documented, respond
from copytaster_api.schemas import Health
from copytaster_api.shown_problems import shown_to
from copytaster_api.status_reading import StatusReading

router = APIRouter(tags=["health"], dependencies=[open_to_everybody()])


@router.get("/livez")
async def livez() -> Health:
    """Return 200 while the event loop of this process runs; the state of the system does not matter."""
    return Health(status="ok")


@router.get(
    "/readyz",
    response_model=Health,
    responses=documented(HTTPStatus.SERVICE_UNAVAILABLE),
    dependencies=[open_to_everybody_with_more_for_some()],
)
async def readyz(request: Request, deps: Dependencies, reading: StatusReader) -> Health | Response:
    """Return 200 if the status has no problems, otherwise 503 with the list of `problems`.

    The status is at most half a second old. Without a key that permits to read the status, where one is needed, the
    codes of the problems are named and not what they are about.
    """
    problems = tuple(shown_to(request, each) for each in await _find_problems(deps, reading))
    if not problems:
        return Health(status="ready")
    return respond(
        ProblemDocument(
            type=ProblemType.NOT_READY,
            title="Not ready",
            status=HTTPStatus.SERVICE_UNAVAILABLE.value,
            detail="; ".join(each.message for each in problems),
            instance=request.url.path,
            problems=problems,
        )
    )


async def _find_problems(deps: ApiDependencies, reading: StatusReading) -> tuple[Problem, ...]:
    outage = deps.watch.outage
    try:
        if not outage:
            return (await reading.read_apart()).problems
    except ServerUnavailableError as error:
        outage = deps.watch.describe(error)
    return (outage.problem,)
