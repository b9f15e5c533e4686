"""Routes of jobs: many failed files are retried or dismissed, or many withheld articles released, beside other work."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Path, Request, Response

from copytaster.model.access import Scope
from copytaster.model.job import Job, JobId, JobOrder
from copytaster.recovery.jobs import JobRefusedError, order_job
from copytaster_api.access_rules import needs
from copytaster_api.audit_targets import name_target
from copytaster_api.csrf import refuse_other_sites
from copytaster_api.dependencies import Dependencies, RequestCaller, refuse_during_outage
from copytaster_api.job_schemas import JOB, JobList
from copytaster_api.problems import documented

router = APIRouter(
    prefix="/api/v1/jobs",
    tags=["jobs"],
    responses=documented(HTTPStatus.SERVICE_UNAVAILABLE),
    dependencies=[needs(Scope.READ), Depends(refuse_during_outage)],
)

LISTED = 50
"""Jobs in the list: more than are ordered in a day."""


@router.get("")
def list_jobs(deps: Dependencies) -> JobList:
    """Return the latest 50 jobs, the newest first."""
    return JobList(items=tuple(deps.store.jobs.latest(limit=LISTED)))


@router.post(
    "",
    status_code=HTTPStatus.ACCEPTED,
    dependencies=[Depends(refuse_other_sites)],
    responses=documented(HTTPStatus.FORBIDDEN, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY),
)
def create_job(order: JobOrder, deps: Dependencies, caller: RequestCaller, request: Request, response: Response) -> Job:
    """Order a job, which a watcher does: retry or dismiss failed files, or release withheld articles, by conditions."""
    described = _described(order)
    name_target(request, described)
    try:
        job = order_job(caller.signed(order), deps.store.jobs, deps.clock)
    except JobRefusedError as error:
        raise HTTPException(HTTPStatus.CONFLICT, str(error)) from error
    name_target(request, job.id, described)
    response.headers["Location"] = request.app.url_path_for("show_job", job_id=job.id)
    return job


@router.get("/{job_id}", responses=documented(HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY))
def show_job(job_id: Annotated[JobId, Path(pattern=JOB, description="Id of the job.")], deps: Dependencies) -> Job:
    """Return one job: how many it is about, how many are done, failed and were left out, and why."""
    job = deps.store.jobs.get(job_id)
    if job is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, f"there is no job {job_id}, or it ended too long ago")
    return job


def _described(order: JobOrder) -> str:
    """Return the action and the conditions of an order."""
    given = order.model_dump(mode="json", exclude={"by", "why"}, exclude_defaults=True)
    return " ".join(f"{name}={value}" for name, value in given.items())
