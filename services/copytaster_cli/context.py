"""What several commands use: dependencies, the options --json and --by, and times in options."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Annotated

import typer

from copytaster_cli.dependencies import CommandDependencies
from copytaster_cli.users import user_name

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs instead of text for people.")]
By = Annotated[
    str | None,
    typer.Option("--by", metavar="NAME", help="The person who decided it; by default the user that runs the command."),
]


def dependencies_of(context: typer.Context) -> CommandDependencies:
    """Return the dependencies with which the program was started."""
    dependencies: CommandDependencies = context.obj
    return dependencies


def person_of(context: typer.Context, given: str | None = None) -> str:
    """Return the person in whose name a command decides: the given one, else the user that runs it."""
    return given or user_name(dependencies_of(context).environ)


def parse_start(value: str) -> datetime:
    """Return the time of an RFC 3339 text, in UTC; one without a zone is in UTC, a day means its first moment."""
    return _parse(value, time.min)


def parse_end(value: str) -> datetime:
    """Like ``parse_start``, but a day means its last moment, so that a range includes both days."""
    return _parse(value, time.max)


def _parse(value: str, time_of_day: time) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
        if len(value) <= len("2026-01-31"):
            moment = datetime.combine(moment.date(), time_of_day)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise typer.BadParameter(
            f"{value!r} is neither a day (2026-01-31) nor a time (2026-01-31T09:30:00Z)"
        ) from error
