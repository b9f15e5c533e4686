"""``copytaster top``: shows what the parts of the system do, every second."""

from __future__ import annotations

from collections import deque

import typer
from rich.console import RenderableType

from copytaster.monitoring.status import Status
from copytaster_cli.reading import Url, reader_of
from copytaster_cli.rendering.live_screen import show_updates
from copytaster_cli.rendering.top import top_page

COMPARED = 11
"""States that are kept: rates are over the last ten seconds, two heartbeats."""


def top(context: typer.Context, url: Url = None) -> None:
    """Show parts, queues, rates, the slowest stages and the busiest sources, live, until Ctrl-C."""
    read, states = reader_of(context, url).status, deque[Status](maxlen=COMPARED)

    def page() -> RenderableType:
        states.append(read())
        return top_page(states[0], states[-1])

    show_updates(page, name="top")
