"""``copytaster status``: prints the state of the whole system, and its problems."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Annotated

import typer
from rich.live import Live

from copytaster.errors import TransientError
from copytaster.monitoring.status import Status
from copytaster_cli.context import AsJson
from copytaster_cli.reading import Url, reader_of
from copytaster_cli.rendering.output import emit, stdout_console
from copytaster_cli.rendering.status import status_page

REFRESH_SECONDS = 1.0
"""Interval of updates with ``--watch``; each makes about twenty round trips to the server."""


def status(
    context: typer.Context,
    as_json: AsJson = False,
    url: Url = None,
    watch: Annotated[bool, typer.Option("--watch", help="Update the screen until Ctrl-C.")] = False,
) -> None:
    """Print the state of the whole system.

    That is problems, counts of deliveries and articles, queues, and running parts. Exit 1 when there is a problem.
    """
    if watch and as_json:
        raise typer.BadParameter("--watch is for people and --json for programs: use one of them")
    read = reader_of(context, url).status
    if watch:
        _show_updates(read)
        return
    current = read()
    emit(current) if as_json else stdout_console().print(status_page(current))
    if not current.ready:
        raise typer.Exit(1)


def _show_updates(read: Callable[[], Status]) -> None:
    with Live(status_page(read()), console=stdout_console(), screen=False, auto_refresh=False) as live:
        try:
            while True:
                time.sleep(REFRESH_SECONDS)
                try:
                    live.update(status_page(read()), refresh=True)
                except TransientError as error:
                    live.update(str(error), refresh=True)
        except KeyboardInterrupt:  # the way to leave
            return
