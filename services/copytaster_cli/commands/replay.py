"""``copytaster replay``: restores deliveries that are in the archive's journal and not in the store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Annotated

import typer
from rich.progress import Progress

from copytaster.errors import TransientError
from copytaster.recovery.rebuild import LEASE
from copytaster.recovery.replay import Replayed
from copytaster.store.ports.epoch import Epoch
from copytaster_cli.context import AsJson, dependencies_of, parse_start
from copytaster_cli.rendering.output import emit, emit_text, print_error, stderr_console

BY = "replay"
"""The actor in the timelines, and the owner of the recovery."""


def replay(
    context: typer.Context,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count the missing deliveries; change nothing.")] = False,
    since: Annotated[
        datetime | None,
        typer.Option("--from", parser=parse_start, metavar="TIME", help="Only deliveries received since then."),
    ] = None,
    wait: Annotated[
        bool, typer.Option("--wait", help="Process in the order of receipt, and wait until all have settled.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Restore missing deliveries from the archive's journal.

    Deliveries that are not in the ledger are registered again and processed by the workers. Exit 1 when, with --wait,
    some have not settled, for example because no workers run.
    """
    dependencies = dependencies_of(context)
    store = dependencies.store()
    with Progress(console=stderr_console(), disable=not stderr_console().is_terminal, transient=True) as progress:
        task = progress.add_task("replaying", total=None)

        def report(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)
            if not dry_run:
                store.epoch.renew(BY, lease=LEASE)

        replay = dependencies.replay(store, by=BY, report=report)
        if dry_run:
            replayed = replay.missing(since=since)
        else:
            with _recovery_lease(store.epoch):
                replayed = replay.run(since=since, in_order=wait)
    emit(replayed) if as_json else emit_text(_sentence(replayed, dry_run=dry_run))
    if wait and not dry_run and replayed.unsettled:
        print_error(f"{replayed.unsettled} deliveries have not settled; are workers running? See `copytaster status`")
        raise typer.Exit(1)


@contextmanager
def _recovery_lease(epoch: Epoch) -> Iterator[None]:
    """Prevent watchers from replaying at the same time, which would change the order. Raises ``TransientError``."""
    if not epoch.acquire(BY, lease=LEASE):
        raise TransientError("the store is already being rebuilt; `copytaster status` shows the progress")
    try:
        yield
    finally:
        epoch.renew(BY, lease=timedelta(0))


def _sentence(replayed: Replayed, *, dry_run: bool) -> str:
    would = "would be " if dry_run else ""
    return (
        f"{replayed.journalled} deliveries in the journal: {replayed.known} known,"
        f" {replayed.registered} {would}registered, {replayed.refused} {would}refused as at their arrival;"
        f" {replayed.unsettled} have not settled yet"
    )
