"""Jobs for people."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.table import Table

from copytaster.model.job import Job, JobOrder, JobState
from copytaster_cli.rendering.output import fields, table


def jobs_table(jobs: Iterable[Job]) -> Table:
    """Return one row for each job."""
    rows = (
        (
            *(each.id, each.created_at, each.order.by, ordered(each.order), each.state),
            *(each.done, each.failed, each.skipped, each.total),
        )
        for each in jobs
    )
    return table("JOB", "ORDERED", "BY", "WHAT", "STATE", "DONE", "FAILED", "LEFT OUT", "OF", rows=rows)


def job_page(job: Job) -> RenderableType:
    """Return a job with what could not be done."""
    head = fields(
        id=job.id, what=ordered(job.order), by=job.order.by, ordered=job.created_at, state=job.state, ended=job.ended_at
    )
    if not job.problems:
        return Group(head, progress_line(job))
    problems = table("ID", "NAME", "WHY", rows=((each.id, each.name, each.why) for each in job.problems))
    return Group(head, progress_line(job), problems)


def progress_line(job: Job) -> str:
    """Return a sentence about how far a job is."""
    what = "would be done" if job.order.dry_run else "done"
    state = "" if job.state is JobState.ENDED else f" ({job.state})"
    return f"{job.done} of {job.total} {what}, {job.failed} failed, {job.skipped} left out{state}"


def ordered(order: JobOrder) -> str:
    """Return what was ordered, with its conditions."""
    conditions = {"reason": order.reason, "source": order.source, "name": order.name}
    given = ", ".join(f"{name} {value}" for name, value in conditions.items() if value)
    return f"{order.action}{' (dry run)' if order.dry_run else ''}: {given or 'all'}"
