"""The options by which commands select articles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import typer

from copytaster.model.article import ArticleStatus
from copytaster.store.ports.articles import ArticleQuery, StatusAt
from copytaster_cli.context import parse_end, parse_start

Source = Annotated[str | None, typer.Option(help="Only delivered by this source.")]
Publisher = Annotated[str | None, typer.Option(help="Only of this publisher, as the files name it.")]
Topic = Annotated[str | None, typer.Option(help="Only with this topic (name or code).")]
Entity = Annotated[str | None, typer.Option(help="Only with this person, organisation or place.")]
Keyword = Annotated[str | None, typer.Option(help="Only with this keyword.")]
Language = Annotated[str | None, typer.Option(help="Only in this language (en, de).")]
Tag = Annotated[str | None, typer.Option(help="Only with this tag, which a rule set.")]
FileFormat = Annotated[str | None, typer.Option("--file-format", help="Only from files of this format (ninjs, pdf).")]
Status = Annotated[ArticleStatus | None, typer.Option(help="Only what may be used at present, or may not.")]
Story = Annotated[str | None, typer.Option(help="Only of this story (its present id, or an earlier one).")]
Since = Annotated[
    datetime | None,
    typer.Option("--from", parser=parse_start, metavar="TIME", help="Only published at this time or later."),
]
Until = Annotated[
    datetime | None,
    typer.Option("--to", parser=parse_end, metavar="TIME", help="Only published at this time or earlier."),
]
ReceivedFrom = Annotated[
    datetime | None,
    typer.Option("--received-from", parser=parse_start, metavar="TIME", help="Only received at this time or later."),
]
ReceivedTo = Annotated[
    datetime | None,
    typer.Option("--received-to", parser=parse_end, metavar="TIME", help="Only received at this time or earlier."),
]


Period = tuple[datetime | None, datetime | None]


def query_text(words: Sequence[str] | None) -> str:
    """Return the query that these arguments are. Raises ``typer.BadParameter``.

    A query may have terms with a hyphen before them, so its command takes options that it does not have as terms; one
    of two hyphens is a mistake, and its name must not be searched for.
    """
    for each in words or ():
        if each.startswith("--"):
            raise typer.BadParameter(
                f"there is no option {each}; --help lists the options. A query has field:value, such as source:kestrel,"
                " and excludes with one hyphen"
            )
    return " ".join(words or ())


def article_query(
    texts: Mapping[str, str | None], status: ArticleStatus | None, published: Period, received: Period, *, now: datetime
) -> ArticleQuery:
    """Return the conditions on articles: ``texts`` by the names of the query's fields, and the present status."""
    chosen: dict[str, Any] = {**texts, "status": StatusAt(status, now) if status else None}
    chosen |= {"published_from": published[0], "published_to": published[1]}
    return ArticleQuery(**chosen, received_from=received[0], received_to=received[1])
