"""``copytaster archive``: checks the archive, lists its damage, and records what people decide about it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import Annotated

import typer
from rich.progress import Progress

from copytaster.archive.check_position import CheckPosition
from copytaster.archive.damage import Damage
from copytaster.archive.originals import PREFIXES
from copytaster.model.article import Document
from copytaster.model.limits import MEBIBYTE
from copytaster.recovery.take_in import TakeIn, TakenIn
from copytaster_cli.context import AsJson, dependencies_of, person_of
from copytaster_cli.dependencies import CommandDependencies
from copytaster_cli.rendering.output import emit, emit_text, print_error, stderr_console, stdout_console, table

RATE = 64 * MEBIBYTE
"""Bytes per second: half of what a hard disk reads, so that the system beside it continues."""


class CheckReport(Document):
    """The result of a check: what was read, the damage that is open now, and what was done about it."""

    check: CheckPosition
    damage: tuple[Damage, ...]
    taken_in: tuple[TakenIn, ...]


def create_archive() -> typer.Typer:
    """Return the commands about the archive."""
    app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
    app.callback()(_about)
    app.command("check")(check)
    app.command("damages")(damages)
    app.command("resolve")(resolve)
    return app


def check(
    context: typer.Context,
    *,
    restart: Annotated[bool, typer.Option("--restart", help="Begin again; do not continue an earlier check.")] = False,
    rate: Annotated[float, typer.Option("--bytes-per-second", min=1, help="Limit on the rate of reading.")] = RATE,
    take_in: Annotated[
        bool, typer.Option("--take-in", help="Repair the journal from the server; deliver originals without an entry.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Read the whole archive and report what has changed or is missing.

    An interrupted check is continued by the next one. Nothing is deleted. Exit 1 when damage is open.
    """
    dependencies = dependencies_of(context)
    with Progress(console=stderr_console(), disable=not stderr_console().is_terminal, transient=True) as progress:
        task = progress.add_task("checking the archive", total=len(PREFIXES))
        position = dependencies.archive_check(
            bytes_per_second=rate,
            report=lambda position: progress.update(task, completed=position.next),
        ).run(restart=restart)
    taken_in = _take_in(dependencies, by=person_of(context)) if take_in else []
    found = dependencies.damages().open()
    if as_json:
        emit(CheckReport(check=position, damage=tuple(found), taken_in=tuple(taken_in)))
    else:
        emit_text(_sentence(position, found))
        _print(found)
        for each in taken_in:
            emit_text(_outcome(each))
    _conclude(found)


def damages(context: typer.Context, as_json: AsJson = False) -> None:
    """List the open damage without reading the archive. Exit 1 when there is some."""
    found = dependencies_of(context).damages().open()
    emit(*found) if as_json else _print(found)
    _conclude(found)


def resolve(
    context: typer.Context,
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Ids of damage.")],
    *,
    why: Annotated[str, typer.Option(help="What was decided; stored with the record.")],
    as_json: AsJson = False,
) -> None:
    """Record the decision that damage needs no more attention.

    The same state of the same place is not reported again; another change of it is. The decision is stored in the
    archive.
    """
    dependencies = dependencies_of(context)
    records, now = dependencies.damages(), dependencies.clock.now()
    by = person_of(context)
    closed = [records.resolve(each, by=by, why=why, at=now) for each in ids]
    if as_json:
        emit(*closed)
        return
    for damage in closed:
        emit_text(f"{damage.id} is resolved: {why}")


def _about() -> None:
    """Check the archive of originals and the journal, and list and resolve damage."""


def _take_in(dependencies: CommandDependencies, *, by: str) -> list[TakenIn]:
    deposit = dependencies.deposit(dependencies.store())
    with closing(deposit.claims):
        return TakeIn(deposit=deposit, damages=dependencies.damages(), by=by).run()


def _print(found: Sequence[Damage]) -> None:
    if found:
        rows = ((each.id, each.kind.value, each.found_at, each.message) for each in found)
        stdout_console().print(table("ID", "KIND", "FOUND", "WHAT", rows=rows))


def _conclude(found: Sequence[Damage]) -> None:
    """Set the exit status. Originals without an entry are no damage."""
    losses = sum(each.kind.is_loss for each in found)
    if losses:
        print_error(f"{losses} damages are open; docs/operations.md, archive_damaged, says what to do")
        raise typer.Exit(1)


def _sentence(position: CheckPosition, found: Sequence[Damage]) -> str:
    seconds = (position.updated_at - position.started_at).total_seconds()
    return (
        f"{position.originals} originals ({position.size / MEBIBYTE:.1f} MiB) and {position.entries} journal entries"
        f" were read in {seconds:.0f} s; {len(found) or 'no'} open findings"
    )


def _outcome(taken: TakenIn) -> str:
    if taken.refusal:
        return f"{taken.damage_id}: nothing was done: {taken.refusal}"
    if taken.delivered:
        return f"{taken.damage_id}: delivered as {taken.delivered}"
    return f"{taken.damage_id}: repaired; journalled again: {', '.join(taken.journalled) or 'nothing more'}"
