"""Routes of pauses of the intake, of sources and of queues."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request

from copytaster.intake.pauses import PauseOrder, PauseRefusedError, pause, resume
from copytaster.model.access import Scope
from copytaster.model.pause import Pause
from copytaster_api.access_rules import needs
from copytaster_api.audit_targets import name_target
from copytaster_api.csrf import refuse_other_sites
from copytaster_api.dependencies import Dependencies, RequestCaller, refuse_during_outage
from copytaster_api.pause_schemas import PauseList, ResumeOrder
from copytaster_api.problems import documented

router = APIRouter(
    prefix="/api/v1/pauses",
    tags=["pauses"],
    responses=documented(HTTPStatus.SERVICE_UNAVAILABLE),
    dependencies=[needs(Scope.READ), Depends(refuse_during_outage)],
)

CHANGED = documented(HTTPStatus.FORBIDDEN, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY)


@router.get("")
def list_pauses(deps: Dependencies) -> PauseList:
    """Return what people have paused, the oldest pause first; at most 1,000."""
    return PauseList(items=tuple(deps.store.pauses.all()))


@router.post("", dependencies=[Depends(refuse_other_sites)], responses=CHANGED)
def pause_something(order: PauseOrder, deps: Dependencies, caller: RequestCaller, request: Request) -> Pause:
    """Pause the intake, a source or a queue within two seconds, or change its pause; work that has begun is done."""
    name_target(request, order.kind, order.name)
    try:
        return pause(caller.signed(order), deps.store.pauses, now=deps.clock.now())
    except PauseRefusedError as error:
        raise HTTPException(HTTPStatus.CONFLICT, str(error)) from error


@router.delete("", dependencies=[Depends(refuse_other_sites)], responses=CHANGED)
def resume_something(
    deps: Dependencies, caller: RequestCaller, request: Request, order: Annotated[ResumeOrder, Query()]
) -> Pause:
    """End the pause of the intake, of a source or of a queue, and return it."""
    name_target(request, order.kind, order.name)
    try:
        return resume(order.kind, order.name, deps.store.pauses, by=caller.signature(order.by))
    except PauseRefusedError as error:
        raise HTTPException(HTTPStatus.CONFLICT, str(error)) from error
