"""``copytaster status``: prints the state of the whole system, and its problems."""

from __future__ import annotations

from typing import Annotated

import typer

from copytaster_cli.context import AsJson
from copytaster_cli.reading import Url, reader_of
from copytaster_cli.rendering.live_screen import show_updates
from copytaster_cli.rendering.output import emit, stdout_console
from copytaster_cli.rendering.status import status_page


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
        show_updates(lambda: status_page(read()), name="--watch")
        return
    current = read()
    emit(current) if as_json else stdout_console().print(status_page(current))
    if not current.ready:
        raise typer.Exit(1)
