"""The options by which commands choose articles."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from copytaster_cli.context import parse_end, parse_start

Source = Annotated[str | None, typer.Option(help="Only from this source.")]
Topic = Annotated[str | None, typer.Option(help="Only with this topic (name or code).")]
Entity = Annotated[str | None, typer.Option(help="Only with this person, organisation or place.")]
Keyword = Annotated[str | None, typer.Option(help="Only with this keyword.")]
Language = Annotated[str | None, typer.Option(help="Only in this language (en, de).")]
Story = Annotated[str | None, typer.Option(help="Only of this story (its id, or one of old).")]
Since = Annotated[
    datetime | None, typer.Option("--from", parser=parse_start, metavar="TIME", help="Published then or later.")
]
Until = Annotated[
    datetime | None, typer.Option("--to", parser=parse_end, metavar="TIME", help="Published then or earlier.")
]
Words = Annotated[str | None, typer.Option("--q", help="Only with these words, as they stand, in title or text.")]
