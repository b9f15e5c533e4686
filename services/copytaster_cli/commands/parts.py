"""``copytaster watch | worker | api``: one part in this very process."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from copytaster.bootstrap.store import redis_address
from copytaster.model.work import Work
from copytaster_cli.context import dependencies_of
from copytaster_cli.dependencies import CommandDependencies
from copytaster_cli.processes.tree import part_arguments


def watch(context: typer.Context) -> None:
    """Watch the inbox: take finished files in, and send again what is overdue."""
    _become("watcher", dependencies_of(context))


def worker(
    context: typer.Context,
    queue: Annotated[
        list[Work] | None, typer.Option(help="Work on this queue; repeat for more. Without it: on all.")
    ] = None,
) -> None:
    """Work on what is due: parse, deduplicate and store (ingest), label (tag), and what waits behind.

    With no queue but suspect and backfill it works in the background: one thing at a time, and nicely.
    """
    _become("worker", dependencies_of(context), *(each.value for each in queue or ()))


def api(context: typer.Context) -> None:
    """Serve the status API and the dashboard."""
    _become("api", dependencies_of(context))


def _become(part: str, dependencies: CommandDependencies, *more: str) -> None:
    """Replace this process, so that the part gets signals itself and its exit status is ours; check settings first."""
    redis_address(dependencies.settings())
    arguments = part_arguments(part, *more)
    os.execve(arguments[0], arguments, dependencies.environ)  # noqa: S606
