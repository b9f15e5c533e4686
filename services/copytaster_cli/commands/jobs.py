"""``copytaster jobs``: decisions about many files or articles at once, which a watcher carries out."""

from __future__ import annotations

import time
from typing import Annotated

import typer
from rich.progress import Progress

from copytaster.model.disposition import Reason
from copytaster.model.job import Job, JobAction, JobId, JobOrder, JobState
from copytaster_cli.context import AsJson, dependencies_of, person_of
from copytaster_cli.failed_selection import OfReason, OfSource
from copytaster_cli.job_desk import ApiJobDesk, JobDesk, StoreJobDesk
from copytaster_cli.reading import Url, client_of
from copytaster_cli.rendering.jobs import job_page, jobs_table, ordered, progress_line
from copytaster_cli.rendering.output import emit, emit_text, print_error, print_note, stderr_console, stdout_console

Id = Annotated[str, typer.Argument(metavar="ID", help="The id of the job.")]
Named = Annotated[
    str | None, typer.Option("--name", metavar="TEXT", help="Only paths, or titles of articles, with this text.")
]
Everything = Annotated[bool, typer.Option("--all", help="All of them.")]
Counted = Annotated[bool, typer.Option("--dry-run", help="Only count, and list what would be left out.")]
Waiting = Annotated[bool, typer.Option("--wait", help="Wait until it has ended, and show its progress.")]

POLL_SECONDS = 0.5
"""A watcher does tens of files in this time."""


def create_jobs() -> typer.Typer:
    """Return the commands about jobs."""
    app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
    app.callback()(_about)
    app.command("list")(show_all)
    app.command("show")(show)
    app.command("retry")(retry)
    app.command("dismiss")(dismiss)
    app.command("release")(release)
    return app


def show_all(
    context: typer.Context,
    *,
    limit: Annotated[int, typer.Option(min=1, help="Largest number of jobs.")] = 20,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """List the latest jobs, the newest first, with how far each is."""
    found = _desk(context, url).latest(limit=limit)
    if as_json:
        emit(*found)
    elif found:
        stdout_console().print(jobs_table(found))
    else:
        emit_text("there are no jobs")


def show(
    context: typer.Context, job_id: Id, *, wait: Waiting = False, url: Url = None, as_json: AsJson = False
) -> None:
    """Show a job, and what it could not do. Exit 1 when it is unknown, and with --wait when something failed."""
    desk = _desk(context, url)
    job = _found(JobId(job_id), desk)
    job = _ended(job, desk) if wait else job
    emit(job) if as_json else stdout_console().print(job_page(job))
    _conclude(job, waited=wait)


def retry(  # noqa: PLR0913  # one parameter per option of the contract
    context: typer.Context,
    *,
    reason: OfReason = None,
    source: OfSource = None,
    name: Named = None,
    everything: Everything = False,
    dry_run: Counted = False,
    wait: Waiting = False,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Retry all failed files that meet the conditions, beside other work."""
    order = _order(context, JobAction.RETRY, reason, source, name, everything=everything)
    _run(context, order.model_copy(update={"dry_run": dry_run}), url, wait=wait, as_json=as_json)


def dismiss(  # noqa: PLR0913  # one parameter per option of the contract
    context: typer.Context,
    *,
    reason: OfReason = None,
    source: OfSource = None,
    name: Named = None,
    everything: Everything = False,
    dry_run: Counted = False,
    wait: Waiting = False,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Remove all failed files that meet the conditions, permanently, beside other work."""
    order = _order(context, JobAction.DISMISS, reason, source, name, everything=everything)
    _run(context, order.model_copy(update={"dry_run": dry_run}), url, wait=wait, as_json=as_json)


def release(  # noqa: PLR0913  # one parameter per option of the contract
    context: typer.Context,
    *,
    source: OfSource = None,
    name: Named = None,
    everything: Everything = False,
    why: Annotated[str | None, typer.Option("--reason", help="Why they may be used; stored with each.")] = None,
    dry_run: Counted = False,
    wait: Waiting = False,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Release all articles that meet the conditions and are withheld until a person decides."""
    order = _order(context, JobAction.RELEASE, None, source, name, everything=everything)
    order = order.model_copy(update={"dry_run": dry_run, "why": why})
    _run(context, order, url, wait=wait, as_json=as_json)


def _about() -> None:
    """Decide about many failed files or withheld articles at once. A watcher carries it out, one job after another."""


def _desk(context: typer.Context, url: str | None) -> JobDesk:
    client = client_of(context, url)
    return ApiJobDesk(client) if client else StoreJobDesk(dependencies_of(context))


def _order(  # noqa: PLR0913  # the conditions
    context: typer.Context,
    action: JobAction,
    reason: Reason | None,
    source: str | None,
    name: str | None,
    *,
    everything: bool,
) -> JobOrder:
    """Return the order. Raises ``typer.BadParameter`` unless there are conditions, or all are meant."""
    if bool(reason or source or name) == everything:
        raise typer.BadParameter("give conditions, or --all: exactly one of the two")
    return JobOrder(action=action, reason=reason, source=source, name=name, by=person_of(context))


def _run(context: typer.Context, order: JobOrder, url: str | None, *, wait: bool, as_json: bool) -> None:
    desk = _desk(context, url)
    job = desk.order(order)
    if not wait:
        emit(job) if as_json else emit_text(
            f"{job.id} {ordered(job.order)}; `copytaster jobs show {job.id} --wait` follows it"
        )
        return
    job = _ended(job, desk)
    emit(job) if as_json else stdout_console().print(job_page(job))
    _conclude(job, waited=True)


def _found(job_id: JobId, desk: JobDesk) -> Job:
    """Return a job; exit with 1 if there is none, also while one waits for it: the server may have lost its data."""
    job = desk.get(job_id)
    if job is None:
        print_error(
            f"there is no job {job_id}: it ended too long ago, or the server has lost it with its data;"
            " `copytaster jobs list` lists the latest"
        )
        raise typer.Exit(1)
    return job


def _ended(job: Job, desk: JobDesk) -> Job:
    """Return the job when it has ended; meanwhile show its progress."""
    console = stderr_console()
    with Progress(console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task(ordered(job.order), total=None)
        while job.state is not JobState.ENDED:
            time.sleep(POLL_SECONDS)
            job = _found(job.id, desk)
            ended = job.done + job.failed + job.skipped
            progress.update(task, completed=ended, total=job.total or None)
    return job


def _conclude(job: Job, *, waited: bool) -> None:
    if job.state is JobState.ENDED and not job.total:
        print_note(f"nothing meets the conditions of the job: {ordered(job.order)}")
    if waited and job.failed:
        print_error(progress_line(job))
        raise typer.Exit(1)
