"""What the commands take in common."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Annotated

import typer

from copytaster_cli.dependencies import CommandDependencies

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs instead of text for people.")]


def dependencies_of(context: typer.Context) -> CommandDependencies:
    """Return what the program was started with."""
    dependencies: CommandDependencies = context.obj
    return dependencies


def parse_start(value: str) -> datetime:
    """Return the moment that RFC 3339 text names, in UTC where it says no zone; a day alone is its first moment."""
    return _parse(value, time.min)


def parse_end(value: str) -> datetime:
    """Like ``parse_start``; a day alone is its last moment, so that both ends of a range are included."""
    return _parse(value, time.max)


def _parse(value: str, time_of_day: time) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise typer.BadParameter(
            f"{value!r} is neither a day (2026-01-31) nor a time (2026-01-31T09:30:00Z)"
        ) from error
    if len(value) <= len("2026-01-31"):
        moment = datetime.combine(moment.date(), time_of_day)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
