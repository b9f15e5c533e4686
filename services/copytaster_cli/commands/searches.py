"""``copytaster searches``: standing searches, their hits, and what they would have found."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from pydantic import ValidationError

from copytaster.model.standing_search import SEARCH, SearchConditions, SearchId
from copytaster.search.syntax import QuerySyntaxError
from copytaster.searches.administration import SearchOrder, ShownSearch
from copytaster.searches.preview import DAYS
from copytaster.searches.query import NoConditionError
from copytaster_cli.article_filters import Entity, Keyword, Language, Publisher, Source, Topic, query_text
from copytaster_cli.context import AsJson, By, dependencies_of, person_of
from copytaster_cli.reading import Url, client_of
from copytaster_cli.rendering.output import emit, emit_text, print_error, stdout_console
from copytaster_cli.rendering.searches import described_search, hit_table, preview_page, search_table
from copytaster_cli.search_desk import ApiSearches, Searches, StoreSearches
from copytaster_cli.selection_notes import cut

Id = Annotated[str, typer.Argument(metavar="ID", help="The id of the standing search.")]

Query = Annotated[
    list[str] | None, typer.Argument(metavar="[QUERY]", help="The query; several words are joined.", show_default=False)
]

HITS = 20
"""Hits that `show` prints: a screen."""


def create_searches() -> typer.Typer:
    """Return the commands about standing searches."""
    app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
    app.callback()(_about)
    # A query may contain terms with a hyphen before them.
    app.command("create", context_settings={"ignore_unknown_options": True})(create)
    app.command("preview", context_settings={"ignore_unknown_options": True})(preview)
    app.command("list")(show_all)
    app.command("show")(show)
    app.command("on")(switch_on)
    app.command("off")(switch_off)
    app.command("delete")(delete)
    return app


def create(  # noqa: PLR0913  # one for each filter
    context: typer.Context,
    query: Query = None,
    *,
    name: Annotated[str | None, typer.Option("--name", help="What people call it; by default the query.")] = None,
    source: Source = None,
    publisher: Publisher = None,
    topic: Topic = None,
    entity: Entity = None,
    keyword: Keyword = None,
    language: Language = None,
    off: Annotated[bool, typer.Option("--off", help="It finds nothing until it is switched on.")] = False,
    by: By = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Create a standing search, which is compared with the articles that arrive from now on.

    It needs a query or a filter; the articles meet all of them. Exit 2 when the query is wrong.
    """
    filters = {"source": source, "publisher": publisher, "topic": topic, "entity": entity}
    filters |= {"keyword": keyword, "language": language}
    text = query_text(query) or None
    title = name or text or ", ".join(f"{field} {value}" for field, value in filters.items() if value) or "empty"
    with _wrong_use():
        order = SearchOrder.model_validate({"name": title, "q": text, "on": not off} | filters)
        created = _searches(context, url).create(order, by=person_of(context, by))
    _print_changed(created, as_json=as_json)


def show_all(
    context: typer.Context,
    *,
    limit: Annotated[int, typer.Option(min=1, help="Largest number of searches.")] = 50,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """List the standing searches, the newest first, with the numbers of their hits."""
    found = list(cut(_searches(context, url).all(), limit, of="standing searches"))
    if as_json:
        emit(*found)
        return
    if not found:
        emit_text("there are no standing searches; `copytaster searches create QUERY` makes one")
        return
    stdout_console().print(search_table(found))


def show(context: typer.Context, search_id: Id, *, url: Url = None, as_json: AsJson = False) -> None:
    """Show a standing search with its newest hits. Exit 1 when it is unknown."""
    desk = _searches(context, url)
    search, hits = desk.show(SearchId(search_id)), desk.hits(SearchId(search_id), limit=HITS)
    if as_json:
        emit(search, *hits)
        return
    console = stdout_console()
    console.print(described_search(search))
    console.print(hit_table(hits) if hits else "no hits yet")


def switch_on(context: typer.Context, search_id: Id, *, url: Url = None, as_json: AsJson = False) -> None:
    """Compare a standing search with the articles that arrive from now on. Exit 1 when it is unknown."""
    _print_changed(_searches(context, url).switch(SearchId(search_id), on=True), as_json=as_json)


def switch_off(context: typer.Context, search_id: Id, *, url: Url = None, as_json: AsJson = False) -> None:
    """Compare a standing search with nothing any more; its hits stay. Exit 1 when it is unknown."""
    _print_changed(_searches(context, url).switch(SearchId(search_id), on=False), as_json=as_json)


def delete(context: typer.Context, search_id: Id, *, url: Url = None) -> None:
    """Delete a standing search with its hits. Exit 1 when it is unknown."""
    _searches(context, url).delete(SearchId(search_id))
    emit_text(f"{search_id} is deleted")


def preview(  # noqa: PLR0913  # one for each filter
    context: typer.Context,
    query: Query = None,
    *,
    source: Source = None,
    publisher: Publisher = None,
    topic: Topic = None,
    entity: Entity = None,
    keyword: Keyword = None,
    language: Language = None,
    days: Annotated[int, typer.Option(min=1, help="Days before now in which the articles were received.")] = DAYS,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Show what a standing search would have found in the last days: one that exists, by its id, or a new one.

    Nothing is stored. Exit 1 when this machine has no search index, or the id is unknown; 2 when the query is wrong.
    """
    searches = _searches(context, url)
    text = query_text(query) or None
    filters = {"source": source, "publisher": publisher, "topic": topic, "entity": entity}
    filters |= {"keyword": keyword, "language": language}
    with _wrong_use():
        conditions = SearchConditions.model_validate({"q": text} | filters)
        if text and re.fullmatch(SEARCH, text):
            stored = searches.show(SearchId(text))
            conditions = SearchConditions(**stored.model_dump(include=set(SearchConditions.model_fields)))
        found = searches.preview(conditions, days=days)
    emit(found) if as_json else stdout_console().print(preview_page(found))


def _about() -> None:
    """Save queries that each article is compared with as it arrives; each hit is an event `search.matched`.

    The syntax of queries is that of `copytaster search`.
    """


def _searches(context: typer.Context, url: str | None) -> Searches:
    client = client_of(context, url)
    return ApiSearches(client) if client else StoreSearches(dependencies_of(context))


def _print_changed(search: ShownSearch, *, as_json: bool) -> None:
    if as_json:
        emit(search)
    else:
        emit_text(f"{search.id} {search.name}: {'on' if search.on_since else 'off'}")


@contextmanager
def _wrong_use() -> Iterator[None]:
    try:
        yield
    except ValidationError as error:
        print_error("; ".join(f"{each['loc'][0]}: {each['msg']}" for each in error.errors()))
        raise typer.Exit(2) from error
    except (QuerySyntaxError, NoConditionError) as error:
        print_error(str(error))
        raise typer.Exit(2) from error
