"""A page that fills the terminal and is made anew every second, until Ctrl-C."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

import typer
from rich.console import RenderableType
from rich.live import Live
from rich.text import Text

from copytaster.errors import TransientError
from copytaster.model.printable_text import escape
from copytaster_cli.rendering.output import stdout_console

REFRESH_SECONDS = 1.0
"""Interval of updates; each makes about twenty round trips to the server."""


def show_updates(page: Callable[[], RenderableType], *, name: str) -> None:
    """Show the page on the whole screen, whatever its size becomes, and leave the last one behind at Ctrl-C.

    ``name`` is the command or option, for the refusal where there is no terminal.
    """
    console = stdout_console()
    if not console.is_terminal:
        raise typer.BadParameter("it needs a terminal; without one, use `copytaster status --json`", param_hint=name)
    shown = _page(page)
    with suppress(KeyboardInterrupt), Live(shown, console=console, screen=True, auto_refresh=False) as live:
        while True:
            time.sleep(REFRESH_SECONDS)
            shown = _page(page)
            live.update(shown, refresh=True)
    console.print(shown)


def _page(page: Callable[[], RenderableType]) -> RenderableType:
    """Return the present page, or why there is none: the next look may find one."""
    try:
        return page()
    except TransientError as error:
        return Text(escape(f"{error}\nlooking again every {REFRESH_SECONDS:g} s; Ctrl-C ends this"))
