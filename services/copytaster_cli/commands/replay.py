"""``copytaster replay``: bring back what the journal knows and the store does not."""

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
from copytaster_cli.rendering.output import aside, complain, emit, emit_text

BY = "replay"
"""Who is named in the timelines, and as the owner of the recovery."""


def replay(
    context: typer.Context,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count what is missing and change nothing.")] = False,
    since: Annotated[
        datetime | None,
        typer.Option("--from", parser=parse_start, metavar="TIME", help="Only what was received since."),
    ] = None,
    wait: Annotated[
        bool, typer.Option("--wait", help="Send in the order of receipt, and wait until all have ended.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Register again every delivery that the archive's journal has and the ledger has not, and send it to the workers.

    Exit 1 when, with --wait, some have not ended: are workers running?
    """
    dependencies = dependencies_of(context)
    store = dependencies.store()
    with Progress(console=aside(), disable=not aside().is_terminal, transient=True) as progress:
        task = progress.add_task("replaying", total=None)

        def report(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)
            if not dry_run:
                store.epoch.renew(BY, lease=LEASE)

        replay = dependencies.replay(store, by=BY, report=report)
        if dry_run:
            replayed = replay.missing(since=since)
        else:
            with _held(store.epoch):
                replayed = replay.run(since=since, in_order=wait)
    emit(replayed) if as_json else emit_text(_sentence(replayed, dry_run=dry_run))
    if wait and not dry_run and replayed.unsettled:
        complain(f"{replayed.unsettled} deliveries have not ended; are workers running? See `copytaster status`")
        raise typer.Exit(1)


@contextmanager
def _held(epoch: Epoch) -> Iterator[None]:
    """Keep watchers from doing the same beside us: two that send at once would spoil the order."""
    if not epoch.acquire(BY, lease=LEASE):
        raise TransientError("the store is being brought back already; `copytaster status` shows how far it is")
    try:
        yield
    finally:
        epoch.renew(BY, lease=timedelta(0))


def _sentence(replayed: Replayed, *, dry_run: bool) -> str:
    would = "would be " if dry_run else ""
    return (
        f"{replayed.journalled} deliveries in the journal: {replayed.known} known,"
        f" {replayed.registered} {would}registered, {replayed.refused} {would}refused as at the door;"
        f" {replayed.unsettled} have not ended yet"
    )
