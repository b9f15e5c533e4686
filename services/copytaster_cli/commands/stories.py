"""``copytaster stories``: lists stories, prints one with its timeline, and records what people decide about them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from copytaster.model.article import ArticleId
from copytaster.model.story_decision import StoryDecision
from copytaster.store.ports.stories import StoryId
from copytaster.stories.decisions import StoryDesk
from copytaster.stories.listing import StoryQuery
from copytaster.stories.story import StoryState
from copytaster_cli.context import AsJson, By, dependencies_of, parse_end, parse_start, person_of
from copytaster_cli.reading import Url, reader_of
from copytaster_cli.rendering.output import emit, emit_text, print_error, print_note, stdout_console
from copytaster_cli.rendering.stories import decisions_table, stories_table, story_page
from copytaster_cli.selection_notes import cut

Id = Annotated[str, typer.Argument(metavar="STORY", help="The present id of the story.")]
Into = Annotated[str, typer.Option("--into", metavar="STORY", help="The present id of the other story.")]
Reason = Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="Why it was decided.")]


def create_stories() -> typer.Typer:
    """Return the commands about stories."""
    app = typer.Typer(rich_markup_mode=None)
    app.callback(invoke_without_command=True)(stories)
    for name, command in (
        ("show", show),
        ("merge", merge),
        ("split", split),
        ("move", move),
        ("headline", headline),
        ("decisions", decisions),
        ("undo", undo),
    ):
        app.command(name)(command)
    return app


def stories(  # noqa: PLR0913  # one parameter per filter of the contract
    context: typer.Context,
    *,
    state: Annotated[StoryState | None, typer.Option(help="Only in this state.")] = None,
    source: Annotated[str | None, typer.Option(help="Only with an article of this source.")] = None,
    topic: Annotated[str | None, typer.Option(help="Only with this topic (name or code).")] = None,
    entity: Annotated[str | None, typer.Option(help="Only with this person, organisation or place.")] = None,
    since: Annotated[
        datetime | None,
        typer.Option("--from", parser=parse_start, metavar="TIME", help="Only changed at this time or later."),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option("--to", parser=parse_end, metavar="TIME", help="Only last changed at this time or earlier."),
    ] = None,
    single: Annotated[bool, typer.Option("--single", help="Also open stories of one article.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="Largest number of stories.")] = 20,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """List stories, the last changed first, or decide about one.

    --json prints one line of JSON for each story.
    """
    if context.invoked_subcommand is not None:
        return
    query = StoryQuery(
        state=state, source=source, topic=topic, entity=entity, changed_from=since, changed_to=until, single=single
    )
    found = list(cut(reader_of(context, url).stories(query, most=limit + 1), limit, of="stories"))
    if not found:
        print_note("no story matches; a story has several articles, unless --single is given")
    emit(*found) if as_json else stdout_console().print(stories_table(found))


def show(context: typer.Context, story_id: Id, *, url: Url = None, as_json: AsJson = False) -> None:
    """Print a story: what happened, and what each article added. Exit 1 when there is no story of this id."""
    found = reader_of(context, url).story(story_id)
    if found is None:
        print_error(f"there is no story {story_id}; `copytaster stories` lists the stories")
        raise typer.Exit(1)
    story, lead = found
    emit(story) if as_json else stdout_console().print(story_page(story, lead))


def merge(  # noqa: PLR0913  # one parameter per option of the contract
    context: typer.Context, story_id: Id, *, into: Into, by: By = None, reason: Reason = None, as_json: AsJson = False
) -> None:
    """Merge a story into another one, which keeps its id.

    The id of the first one leads to the other one from then on. Exit 1 when one of them is unknown, or was merged.
    """
    made = _desk(context).merge(StoryId(story_id), StoryId(into), by=person_of(context, by), reason=reason)
    _report(made, f"{made.story_id} was merged into {made.into}", as_json=as_json)


def split(  # noqa: PLR0913  # one parameter per option of the contract
    context: typer.Context,
    story_id: Id,
    article_ids: Annotated[list[str], typer.Argument(metavar="ARTICLE...", help="Articles about another event.")],
    *,
    by: By = None,
    reason: Reason = None,
    as_json: AsJson = False,
) -> None:
    """Split articles off a story, with their copies, as a story of their own.

    The two are never merged again automatically. Exit 1 when one of the articles is not in the story.
    """
    made = _desk(context).split(
        StoryId(story_id), [ArticleId(each) for each in article_ids], by=person_of(context, by), reason=reason
    )
    _report(made, f"{', '.join(made.articles)} of {made.story_id} made up the new story {made.into}", as_json=as_json)


def move(  # noqa: PLR0913  # one parameter per option of the contract
    context: typer.Context,
    story_id: Id,
    article_id: Annotated[str, typer.Argument(metavar="ARTICLE", help="The id of the article.")],
    *,
    into: Into,
    by: By = None,
    reason: Reason = None,
    as_json: AsJson = False,
) -> None:
    """Move an article, with its copies, from a story into another one. Exit 1 when it is not in the story."""
    made = _desk(context).move(
        StoryId(story_id), ArticleId(article_id), StoryId(into), by=person_of(context, by), reason=reason
    )
    _report(made, f"{article_id} is in {made.into} now", as_json=as_json)


def headline(  # noqa: PLR0913  # one parameter per option of the contract
    context: typer.Context,
    story_id: Id,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="The headline.")],
    *,
    by: By = None,
    reason: Reason = None,
    as_json: AsJson = False,
) -> None:
    """Set the headline of a story, whatever articles follow. Exit 1 when the story is unknown."""
    made = _desk(context).pin_headline(StoryId(story_id), text, by=person_of(context, by), reason=reason)
    _report(made, f"{made.story_id} is called {made.headline!r} now", as_json=as_json)


def decisions(context: typer.Context, story_id: Id, *, as_json: AsJson = False) -> None:
    """List what people decided about a story, oldest first."""
    made = _desk(context).about(StoryId(story_id))
    emit(*made) if as_json else stdout_console().print(decisions_table(made))


def undo(
    context: typer.Context,
    story_id: Id,
    *,
    decision: Annotated[
        str | None, typer.Option("--decision", metavar="ID", help="By default the last one that is in force.")
    ] = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Undo a decision about a story, as if it had never been made.

    Later decisions about the same articles have to be undone first. Exit 1 when there is nothing to undo.
    """
    made = _desk(context).undo(StoryId(story_id), decision, by=person_of(context, by))
    _report(made, f"{made.id} is undone", as_json=as_json)


def _desk(context: typer.Context) -> StoryDesk:
    dependencies = dependencies_of(context)
    return dependencies.story_desk(dependencies.store())


def _report(made: StoryDecision, sentence: str, *, as_json: bool) -> None:
    undoing = "" if made.undone else f"; `copytaster stories undo {made.story_id} --decision {made.id}` undoes it"
    emit(made) if as_json else emit_text(f"{sentence}{undoing}")
