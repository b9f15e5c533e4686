"""The state of the system, whole and in parts."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter

from copytaster.model.work import Work
from copytaster.monitoring.status import Status, read_status
from copytaster.store.ports.presence import Part
from copytaster_api.dependencies import Given
from copytaster_api.problems import documented
from copytaster_api.schemas import QueueList, SourceList, WorkerList

router = APIRouter(prefix="/api/v1", tags=["status"], responses=documented(HTTPStatus.SERVICE_UNAVAILABLE))


@router.get("/status")
def status(deps: Given) -> Status:
    """Return the balance, the queues, the parts and what is wrong, as of one moment."""
    return read_status(deps.store, deps.queues, now=deps.clock.now())


@router.get("/queues")
def queues(deps: Given) -> QueueList:
    """Return how much waits in each of the broker's queues, and how long the oldest message has waited."""
    return QueueList(items=tuple(deps.queues.depth(work) for work in Work))


@router.get("/sources")
def sources(deps: Given) -> SourceList:
    """Return who sends what first: articles first sent and copies sent by each source, and its median lead."""
    return SourceList(items=tuple(deps.store.source_statistics.counts()))


@router.get("/workers")
def workers(deps: Given) -> WorkerList:
    """Return the workers that gave a sign of life in the last minute, with their last beat and last progress."""
    return WorkerList(items=tuple(each for each in deps.store.presence.present() if each.part is Part.WORKER))
