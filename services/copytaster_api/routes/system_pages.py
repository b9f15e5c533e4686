"""The pages about the system: its processes, its sources, its settings, and what to do about problems."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import HTMLResponse, Response

from copytaster.model.access import Scope
from copytaster.model.delivery import DeliveryState
from copytaster.monitoring.problem_times import date_problems
from copytaster.monitoring.sources.figures import SourceReport, read_reports
from copytaster.monitoring.status import SILENCE, read_status
from copytaster.store.cursor import WrongCursorError
from copytaster.store.ports.ledger import DeliveryQuery
from copytaster_api.access_rules import needs, open_to_everybody
from copytaster_api.charts import sparkline
from copytaster_api.dependencies import Dependencies, refuse_during_outage
from copytaster_api.page_frame import PageRoute, Pages
from copytaster_api.problems import WrongParameterError, documented
from copytaster_api.routes.overview_pages import part_rows
from copytaster_api.runbooks import load_runbooks

router = APIRouter(
    route_class=PageRoute,
    tags=["pages"],
    default_response_class=HTMLResponse,
    dependencies=[needs(Scope.READ)],
)

NEEDS_SERVER = [Depends(refuse_during_outage)]
AWAY = documented(HTTPStatus.SERVICE_UNAVAILABLE)

IN_WORK = 20
"""Files that are named as being processed: more than the processes of one machine."""

SOURCES = 50
"""Sources of a page."""


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source for a table; ``share`` is the part of its items that were copies, from 0 to 1."""

    report: SourceReport
    share: float
    line: str


@router.get("/workers", dependencies=NEEDS_SERVER, responses=AWAY)
def workers(deps: Dependencies, pages: Pages) -> Response:
    """Return the page with the running processes, what each does now, the queues, and the files in work."""
    status = date_problems(read_status(deps.store, deps.queues, now=deps.clock.now()), deps.store.history)
    working = deps.store.ledger.find(DeliveryQuery(state=DeliveryState.WORKING, limit=IN_WORK))
    return pages.render(
        "workers.html",
        status=status,
        parts=part_rows(status),
        working=[deps.store.ledger.get(each.id) or each for each in working],
        silence=SILENCE,
    )


@router.get("/sources", dependencies=NEEDS_SERVER, responses=AWAY | documented(HTTPStatus.UNPROCESSABLE_ENTITY))
def sources(
    deps: Dependencies,
    pages: Pages,
    cursor: Annotated[str | None, Query(description="The last source of the previous page.")] = None,
) -> Response:
    """Return the page with the sources, the busiest first: cadence of the last day, last item, share of copies."""
    try:
        found = deps.store.source_statistics.counts(after=cursor, limit=SOURCES + 1)
    except WrongCursorError as error:
        raise WrongParameterError("cursor", str(error)) from error
    shown = found[:SOURCES]
    rows = [
        SourceRow(
            report=each,
            share=each.duplicates / max(each.first + each.duplicates, 1),
            line=sparkline(each.hourly),
        )
        for each in read_reports(shown, deps.store, now=deps.clock.now())
    ]
    more = pages.address(cursor=shown[-1].source) if len(found) > SOURCES else None
    return pages.render("sources.html", sources=rows, next_address=more, cursor=cursor, inbox=deps.inbox)


@router.get("/settings", dependencies=[needs(Scope.ADMIN)])
def settings(deps: Dependencies, pages: Pages) -> Response:
    """Return the page with the settings in force in this process, without secrets."""
    return pages.render("settings.html", settings=deps.settings)


@router.get("/problems", dependencies=[open_to_everybody()])
def problems(pages: Pages) -> Response:
    """Return the page with what to do about each problem; the fragment of the address is the problem's code."""
    return pages.render("runbooks.html", runbooks=load_runbooks())
