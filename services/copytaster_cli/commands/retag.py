"""``copytaster retag``: tags articles again whose labels would be different today."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.progress import Progress

from copytaster.articles.views import articles_of_story
from copytaster.retagging.report import Plan, Retagged
from copytaster.store.ports.articles import ArticleQuery
from copytaster.store.ports.stories import StoryId
from copytaster.store.store import Store
from copytaster_cli.article_filters import (
    Entity,
    Keyword,
    Language,
    Since,
    Source,
    Story,
    Topic,
    Until,
)
from copytaster_cli.context import AsJson, dependencies_of
from copytaster_cli.dependencies import CommandDependencies
from copytaster_cli.reader import Selection
from copytaster_cli.rendering.output import emit, emit_text, print_error, stderr_console, stdout_console, table
from copytaster_cli.selection_notes import note_that_none_matches
from copytaster_cli.store_reader import StoreReader


def retag(  # noqa: PLR0913  # one parameter per filter of the contract
    context: typer.Context,
    *,
    source: Source = None,
    topic: Topic = None,
    entity: Entity = None,
    keyword: Keyword = None,
    language: Language = None,
    story: Story = None,
    since: Since = None,
    until: Until = None,
    everything: Annotated[bool, typer.Option("--all", help="Also articles without a change.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count the articles; change nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Tag articles again whose text, models or rules changed.

    A changed vocabulary or tagging code counts as well. The workers tag them after all other work, and this command
    prints the changes. An interrupted run continues when the command is called again. Exit 1 when no worker tags, or
    when workers use other code, models or rules than this command.
    """
    dependencies = dependencies_of(context)
    store = dependencies.store()
    query = ArticleQuery(
        source=source,
        topic=topic,
        entity=entity,
        keyword=keyword,
        language=language,
        published_from=since,
        published_to=until,
        among=articles_of_story(StoryId(story), store) if story else None,
    )
    done = _run(dependencies, store, query, everything=everything, dry_run=dry_run)
    emit(done) if as_json else _print(done)
    if not done.looked_at:
        note_that_none_matches(Selection(query=query, story=story), StoreReader(dependencies))
    if isinstance(done, Retagged) and done.outdated:
        print_error(_outdated(done))
        raise typer.Exit(1)


def _run(
    dependencies: CommandDependencies, store: Store, query: ArticleQuery, *, everything: bool, dry_run: bool
) -> Plan | Retagged:
    with Progress(console=stderr_console(), disable=not stderr_console().is_terminal, transient=True) as progress:
        bar = progress.add_task("re-tagging", total=store.articles.count() if query == ArticleQuery() else None)
        retag = dependencies.retag(store, report=lambda done: progress.update(bar, completed=done.ended))
        return retag.plan(query) if dry_run else retag.run(query, everything=everything)


def _outdated(done: Retagged) -> str:
    return (
        f"{done.outdated} articles were tagged by other code, models or rules than this command uses: restart the"
        " workers, or give them and this command the same settings, and run it again"
    )


def _print(done: Plan | Retagged) -> None:
    if isinstance(done, Plan):
        emit_text(_planned(done))
    else:
        _print_changes(done)


def _planned(plan: Plan) -> str:
    return (
        f"{plan.looked_at} articles: {plan.unchanged} unchanged; {plan.labels} would be tagged again, {plan.unrecorded}"
        f" more that do not record what they were tagged by, and {plan.rules} would have only the rules run again"
    )


def _print_changes(done: Retagged) -> None:
    continued = "an interrupted run was continued; " if done.went_on else ""
    emit_text(
        f"{continued}{done.looked_at} articles: {done.unchanged} unchanged, {done.retagged} tagged again,"
        f" {done.changed} of them with other labels than before"
    )
    if not done.changed:
        return
    console = stdout_console()
    console.print()
    counts = ((kind, each.added, each.removed) for kind, each in done.changes.items())
    console.print(table("LABEL", "ADDED", "REMOVED", rows=counts))
    console.print()
    rows = ((each.article_id, each.title, ", ".join(each.added), ", ".join(each.removed)) for each in done.examples)
    console.print(table("ARTICLE", "TITLE", "ADDED", "REMOVED", rows=rows, title="For example"))
