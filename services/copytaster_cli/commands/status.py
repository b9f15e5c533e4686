"""``copytaster status``: the state of the whole system, and what is wrong with it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Annotated

import typer
from rich.live import Live

from copytaster.errors import TransientError
from copytaster.monitoring.status import Status, read_status
from copytaster_cli.context import AsJson, dependencies_of
from copytaster_cli.rendering.output import emit, people
from copytaster_cli.rendering.pages import status_page

REFRESH_SECONDS = 1.0


def status(
    context: typer.Context,
    as_json: AsJson = False,
    watch: Annotated[bool, typer.Option("--watch", help="Keep the screen up to date until Ctrl-C.")] = False,
) -> None:
    """Print what is in the ledger, the queues and the store, and who is at work; exit 1 when something is wrong."""
    if watch and as_json:
        raise typer.BadParameter("--watch is for people and --json for programs: take one of them")
    dependencies = dependencies_of(context)
    store, queues = dependencies.store(), dependencies.queues()

    def read() -> Status:
        return read_status(store, queues, now=dependencies.clock.now())

    if watch:
        _keep_showing(read)
        return
    present = read()
    emit(present) if as_json else people().print(status_page(present))
    if not present.ready:
        raise typer.Exit(1)


def _keep_showing(read: Callable[[], Status]) -> None:
    with Live(status_page(read()), console=people(), screen=False, auto_refresh=False) as live:
        try:
            while True:
                time.sleep(REFRESH_SECONDS)
                try:
                    live.update(status_page(read()), refresh=True)
                except TransientError as error:
                    live.update(str(error), refresh=True)
        except KeyboardInterrupt:  # the way to leave
            return
