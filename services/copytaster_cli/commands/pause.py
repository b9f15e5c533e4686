"""``copytaster pause`` and ``copytaster resume``: stop the intake, a source or a queue for a while."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from copytaster.intake.pauses import PauseOrder
from copytaster.intake.pauses import pause as begin_pause
from copytaster.intake.pauses import resume as end_pause
from copytaster.model.pause import PauseKind, describe_pause
from copytaster_cli.context import AsJson, By, dependencies_of, parse_start, person_of
from copytaster_cli.rendering.output import emit, emit_text

Kind = Annotated[PauseKind, typer.Argument(metavar="intake|source|queue", help="What is paused.")]
Name = Annotated[str | None, typer.Argument(metavar="[NAME]", help="Name of the source or queue.")]


def pause(  # noqa: PLR0913  # one parameter per option of the contract
    context: typer.Context,
    kind: Kind,
    name: Name = None,
    *,
    until: Annotated[
        datetime | None,
        typer.Option(parser=parse_start, metavar="TIME", help="End it at this time; by default `resume` ends it."),
    ] = None,
    by: By = None,
    reason: Annotated[str | None, typer.Option(metavar="TEXT", help="Why it is paused.")] = None,
    as_json: AsJson = False,
) -> None:
    """Stop the intake of files, what one source delivers, or the work of one queue.

    Files stay in the inbox, and work stays due. What has begun is finished. A second call changes the pause. Exit 1
    when there is no such queue, or the time has passed.
    """
    dependencies = dependencies_of(context)
    order = PauseOrder(kind=kind, name=name, until=until, by=person_of(context, by), reason=reason)
    paused = begin_pause(order, dependencies.store().pauses, now=dependencies.clock.now())
    emit(paused) if as_json else emit_text(describe_pause(paused))


def resume(context: typer.Context, kind: Kind, name: Name = None, *, by: By = None, as_json: AsJson = False) -> None:
    """End a pause: files are taken in again, and work that waits is published within seconds.

    Exit 1 when there is no such pause.
    """
    ended = end_pause(kind, name, dependencies_of(context).store().pauses, by=person_of(context, by))
    emit(ended) if as_json else emit_text(f"{ended.what} is resumed")
