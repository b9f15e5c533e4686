"""The options by which commands select articles."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from copytaster_cli.context import parse_end, parse_start

Source = Annotated[str | None, typer.Option(help="Only delivered by this source.")]
Publisher = Annotated[str | None, typer.Option(help="Only of this publisher, as the files name it.")]
Topic = Annotated[str | None, typer.Option(help="Only with this topic (name or code).")]
Entity = Annotated[str | None, typer.Option(help="Only with this person, organisation or place.")]
Keyword = Annotated[str | None, typer.Option(help="Only with this keyword.")]
Language = Annotated[str | None, typer.Option(help="Only in this language (en, de).")]
Story = Annotated[str | None, typer.Option(help="Only of this story (its present id, or an earlier one).")]
Since = Annotated[
    datetime | None,
    typer.Option("--from", parser=parse_start, metavar="TIME", help="Only published at this time or later."),
]
Until = Annotated[
    datetime | None,
    typer.Option("--to", parser=parse_end, metavar="TIME", help="Only published at this time or earlier."),
]
