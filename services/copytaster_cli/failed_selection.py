"""The options with which ``failed``, ``retry`` and ``dismiss`` select failed files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from copytaster.model.delivery import Delivery
from copytaster.model.disposition import Reason
from copytaster.recovery.failed_files import all_failed
from copytaster.store.ports.failed_files import FailedCounts, FailedFiles, FailedQuery
from copytaster_cli.rendering.output import print_note

OfReason = Annotated[Reason | None, typer.Option("--reason", help="Those that failed for this reason.")]
OfSource = Annotated[str | None, typer.Option("--source", metavar="NAME", help="Those of this source.")]
OfName = Annotated[
    str | None, typer.Option("--name", metavar="TEXT", help="Those whose path contains this text, whatever its case.")
]
Ids = Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Ids of deliveries.")]
Everything = Annotated[bool, typer.Option("--all", help="All that failed.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Name the files; change nothing.")]


def selection(
    ids: Sequence[str] | None, *, reason: Reason | None, source: str | None, name: str | None, everything: bool
) -> FailedQuery | None:
    """Return the conditions on the failed files; None if deliveries are named. Raises ``typer.BadParameter``."""
    conditions = reason is not None or source is not None or name is not None
    if bool(ids) + conditions + everything != 1:
        raise typer.BadParameter(
            "give ids of deliveries, or --reason, --source and --name, or --all: exactly one of the three"
        )
    return None if ids else FailedQuery(reason=reason, source=source, name=name)


def find_failed(failed: FailedFiles, query: FailedQuery) -> list[Delivery]:
    """Return the failed deliveries that were selected, and say on stderr if there are none."""
    found = list(all_failed(failed, query))
    if not found:
        print_note(no_failed_file(failed.counts()))
    return found


def no_failed_file(total: FailedCounts) -> str:
    """Return what to say when no failed file is selected: there is none, or the conditions match none."""
    return f"none of the {total.files} failed files matches" if total.files else "no file failed"
