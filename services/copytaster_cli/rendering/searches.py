"""Standing searches, their hits and previews for people."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from copytaster.model.standing_search import SearchConditions
from copytaster.searches.administration import ShownHit, ShownSearch
from copytaster.searches.preview import Preview
from copytaster_cli.rendering.output import fields, table


def search_table(searches: Sequence[ShownSearch]) -> Table:
    """Return a line for each search."""
    rows = (
        (each.id, each.name, "on" if each.on_since else "off", each.hits, each.last_hit_at, _conditions(each))
        for each in searches
    )
    return table("ID", "NAME", "STATE", "HITS", "LAST HIT", "FINDS", rows=rows)


def described_search(search: ShownSearch) -> Table:
    """Return the fields of a search."""
    head = {"id": search.id, "name": search.name, "state": "on" if search.on_since else "off"}
    conditions = search.model_dump(include=set(SearchConditions.model_fields))
    times = {"on since": search.on_since, "created": search.created_at, "last hit": search.last_hit_at}
    return fields(**head, **conditions, **times, by=search.by, hits=search.hits)


def hit_table(hits: Sequence[ShownHit]) -> Table:
    """Return a line for each hit; without a title, the article is not stored any more."""
    rows = ((each.at, each.article_id, *_article(each)) for each in hits)
    return table("AT", "ARTICLE", "SOURCE", "STATUS", "TITLE", rows=rows)


def preview_page(preview: Preview) -> RenderableType:
    """Return the count, the counts by day, and the newest articles."""
    number = f"{preview.count}" if preview.complete else f"at least {preview.count}"
    head = Text(f"{number} articles since {preview.since:%Y-%m-%d %H:%M} UTC would have been hits")
    if not preview.count:
        return head
    days = table("DAY", "ARTICLES", rows=((each.day, each.count) for each in preview.days))
    newest = ((each.received_at, each.id, each.source, each.title) for each in preview.articles)
    return Group(head, Text(), days, Text(), table("RECEIVED", "ARTICLE", "SOURCE", "TITLE", rows=newest))


def _conditions(search: SearchConditions) -> str:
    found = search.model_dump(include=set(SearchConditions.model_fields), exclude_none=True)
    return ", ".join(str(value) if name == "q" else f"{name} {value}" for name, value in found.items())


def _article(hit: ShownHit) -> tuple[str | None, str | None, str | None]:
    article = hit.article
    return (article.source, article.status.value, article.title) if article else (None, None, None)
