"""Routes of the system's state."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from copytaster.model.access import Scope
from copytaster.model.work import Work
from copytaster.monitoring.problem_times import date_problems
from copytaster.monitoring.sources.figures import read_reports
from copytaster.monitoring.status import Status
from copytaster.store.cursor import WrongCursorError
from copytaster.store.ports.presence import Part
from copytaster_api.access_rules import needs
from copytaster_api.dependencies import Dependencies, StatusReader, refuse_during_outage
from copytaster_api.problems import WrongParameterError, documented
from copytaster_api.schemas import QueueList, SourceFilters, SourceList, WorkerList

router = APIRouter(
    prefix="/api/v1",
    tags=["status"],
    responses=documented(HTTPStatus.SERVICE_UNAVAILABLE),
    dependencies=[needs(Scope.READ), Depends(refuse_during_outage)],
)


@router.get("/status")
def status(deps: Dependencies, reading: StatusReader) -> Status:
    """Return the balance, queues, parts and problems at one moment, `at`, which is at most half a second ago."""
    return date_problems(reading.read(), deps.store.history)


@router.get("/queues")
def queues(deps: Dependencies) -> QueueList:
    """Return the length of each of the broker's queues, and the age of the oldest message."""
    return QueueList(items=tuple(deps.queues.depth(work) for work in Work))


@router.get("/sources")
def sources(deps: Dependencies, filters: Annotated[SourceFilters, Query()]) -> SourceList:
    """Return statistics of each source, the busiest first: articles it sent first, copies it sent, its median lead.

    `last_seen_at` is when it sent its last item, `hourly` how many it sent in each of the last 24 hours, the oldest
    first; the last hour is not over. `files`, `failed_files` and `copied_files` count its files of the last 14 days;
    `findings` are what is unusual about it now.
    """
    try:
        found = deps.store.source_statistics.counts(after=filters.cursor, limit=filters.limit + 1)
    except WrongCursorError as error:
        raise WrongParameterError("cursor", str(error)) from error
    page = found[: filters.limit]
    items = read_reports(page, deps.store, now=deps.clock.now())
    return SourceList(items=items, next_cursor=page[-1].source if len(found) > filters.limit else None)


@router.get("/workers")
def workers(deps: Dependencies) -> WorkerList:
    """Return the workers that sent a heartbeat in the last minute, with the times of heartbeat and progress."""
    return WorkerList(items=tuple(each for each in deps.store.presence.present() if each.part is Part.WORKER))
