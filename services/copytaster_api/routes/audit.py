"""The audit trail."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from copytaster.model.access import Scope
from copytaster_api.access_rules import needs
from copytaster_api.access_schemas import AuditFilters, AuditList
from copytaster_api.dependencies import Dependencies, refuse_during_outage
from copytaster_api.problems import documented

router = APIRouter(
    prefix="/api/v1/audit",
    tags=["access"],
    responses=documented(HTTPStatus.SERVICE_UNAVAILABLE),
    dependencies=[needs(Scope.ADMIN), Depends(refuse_during_outage)],
)


@router.get("", responses=documented(HTTPStatus.UNPROCESSABLE_ENTITY))
def list_audit(deps: Dependencies, filters: Annotated[AuditFilters, Query()]) -> AuditList:
    """Return who requested which change and with which result, the latest first, over API and command line.

    Entries are kept for 400 days, and some 100,000 changes and 10,000 refused requests of them.
    """
    found = deps.store.audit.page(before=filters.cursor, limit=filters.limit + 1)
    page = tuple(found[: filters.limit])
    return AuditList(items=page, next_cursor=page[-1].id if len(found) > filters.limit else None)
