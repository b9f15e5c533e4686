"""``copytaster status``: prints the state of the whole system, and its problems."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Annotated

import typer
from rich.console import RenderableType
from rich.live import Live
from rich.text import Text

from copytaster.errors import TransientError
from copytaster.model.printable_text import escape
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
    """Show the state on the whole screen, whatever its size becomes, and leave the last one behind at Ctrl-C."""
    console = stdout_console()
    if not console.is_terminal:
        raise typer.BadParameter("it needs a terminal; without one, use --json again and again", param_hint="--watch")
    shown = _page(read)
    with suppress(KeyboardInterrupt), Live(shown, console=console, screen=True, auto_refresh=False) as live:
        while True:
            time.sleep(REFRESH_SECONDS)
            shown = _page(read)
            live.update(shown, refresh=True)
    console.print(shown)


def _page(read: Callable[[], Status]) -> RenderableType:
    """Return the present state, or why there is none: the next look may find one."""
    try:
        return status_page(read())
    except TransientError as error:
        return Text(escape(f"{error}\nlooking again every {REFRESH_SECONDS:g} s; Ctrl-C ends this"))
