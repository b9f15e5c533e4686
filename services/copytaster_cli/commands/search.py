"""``copytaster search``: finds articles by what their texts say, and builds the index of the searches anew."""

from __future__ import annotations

import time
from contextlib import closing
from typing import Annotated, Any

import typer
from rich.progress import Progress
from typer.core import TyperGroup

from copytaster.bootstrap.private_files import protect_data
from copytaster.bootstrap.search import open_projection
from copytaster.bootstrap.search_folder import search_folder
from copytaster.search.index_folder import IndexFolder
from copytaster.search.projection import rebuild
from copytaster.search.query import Order
from copytaster.search.syntax import QuerySyntaxError
from copytaster.store.ports.articles import ArticleQuery
from copytaster_cli.article_filters import Since, Story, Until, query_text
from copytaster_cli.context import AsJson, dependencies_of
from copytaster_cli.reader import Selection
from copytaster_cli.reading import Url, reader_of
from copytaster_cli.rendering.output import emit, emit_text, print_error, stderr_console, stdout_console
from copytaster_cli.rendering.search import result_page

FIND, REBUILD = "find", "rebuild"


class _SearchGroup(TyperGroup):
    """Takes ``copytaster search harbour`` as ``copytaster search find harbour``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in {FIND, REBUILD, "--help"}:
            args = [FIND, *args]
        return super().parse_args(ctx, args)


def create_search() -> typer.Typer:
    """Return the commands of the search."""
    app = typer.Typer(cls=_SearchGroup, no_args_is_help=True, rich_markup_mode=None)
    app.callback()(_about)
    # A query may contain terms with a hyphen before them.
    app.command(FIND, context_settings={"ignore_unknown_options": True})(find)
    app.command(REBUILD)(rebuild_index)
    return app


def find(  # noqa: PLR0913  # one parameter per filter of the contract
    context: typer.Context,
    query: Annotated[list[str], typer.Argument(metavar="QUERY", help="The query; several words are joined.")],
    *,
    story: Story = None,
    since: Since = None,
    until: Until = None,
    sort: Annotated[Order, typer.Option(help="The newest received first, or the most relevant.")] = Order.NEWEST,
    limit: Annotated[int, typer.Option(min=1, help="Largest number of articles.")] = 20,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Find articles; `find` may be omitted.

    Exit 1 when none is found, or when this machine has no index; 2 when the query is wrong. --json prints one line of
    JSON for each article.
    """
    filters = ArticleQuery(published_from=since, published_to=until)
    selection = Selection(query=filters, story=story, text=query_text(query), order=sort)
    try:
        found = list(reader_of(context, url).articles(selection, most=limit))
    except QuerySyntaxError as error:
        print_error(str(error))
        raise typer.Exit(2) from error
    if not found:
        print_error("no article matches; `copytaster status` says whether the index has all articles")
        raise typer.Exit(1)
    emit(*found) if as_json else stdout_console().print(result_page(found))


def rebuild_index(context: typer.Context) -> None:
    """Build the index of this machine anew from all articles, and use it when it is complete.

    Searches use the former index until then. If a status API runs on this machine, its process builds the index, and
    this command waits for it.
    """
    dependencies = dependencies_of(context)
    settings, store = dependencies.settings(), dependencies.store()
    protect_data(settings)
    folder = IndexFolder(search_folder(settings))
    folder.folder.mkdir(parents=True, exist_ok=True)
    projection = open_projection(settings, store, clock=dependencies.clock)
    console = stderr_console()
    with closing(projection), Progress(console=console, disable=not console.is_terminal, transient=True) as progress:
        bar = progress.add_task("indexing", total=store.articles.count())
        rebuild(projection, folder, report=lambda count: progress.update(bar, completed=count), pause=time.sleep)
    emit_text(f"the index in {folder.folder} was built anew")


def _about() -> None:
    """Find articles by what their texts say: `copytaster search harbour wall -ferry`.

    All terms must hold: words, 'begin*', '-excluded', a phrase in double quotes, which the shell needs in single ones
    ('"sea wall"'), and field:value with the fields title, text, names, keywords, authors, source, publisher, topic,
    tag, language, format and published.
    """
