"""``copytaster watch | worker | api``: runs one part instead of this process."""

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
    """Watch the inbox and take in finished files.

    The watcher also publishes overdue work again, and restores a server that has lost its data.
    """
    _become("watcher", dependencies_of(context))


def worker(
    context: typer.Context,
    queue: Annotated[list[Work] | None, typer.Option(help="A queue to work on; may be repeated. Default: all.")] = None,
) -> None:
    """Process queued work: parse, deduplicate, store, tag.

    A worker on the queues suspect and backfill only has one process and runs at low priority.
    """
    _become("worker", dependencies_of(context), *(each.value for each in queue or ()))


def api(context: typer.Context) -> None:
    """Serve the status API and the dashboard."""
    _become("api", dependencies_of(context))


def _become(part: str, dependencies: CommandDependencies, *more: str) -> None:
    """Check the settings and replace this process by the part, which then receives signals directly."""
    redis_address(dependencies.settings())
    arguments = part_arguments(part, *more)
    os.execve(arguments[0], arguments, dependencies.environ)  # noqa: S606
