"""``copytaster release``: releases a withheld article, or withholds it again."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from copytaster.articles.releases import ReleaseRequest
from copytaster.articles.views import show_article
from copytaster.model.article import Article, ArticleId
from copytaster_cli.context import AsJson, By, dependencies_of, parse_start, person_of
from copytaster_cli.rendering.output import emit, emit_text

BY = "cli"
"""The process that timelines name."""


def release(  # noqa: PLR0913  # one parameter per option of the contract
    context: typer.Context,
    article_id: Annotated[str, typer.Argument(metavar="ID", help="The id of the withheld article.")],
    *,
    at: Annotated[
        datetime | None,
        typer.Option(parser=parse_start, metavar="TIME", help="Release it at this time; by default at once."),
    ] = None,
    by: By = None,
    reason: Annotated[str | None, typer.Option(metavar="TEXT", help="Why it may be used.")] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Withhold it again, as its provider states.")] = False,
    as_json: AsJson = False,
) -> None:
    """Release a withheld article, as the end of an embargo does.

    The decision is stored in the archive, and holds for the current version: a later one is withheld again if its
    provider withholds it. Exit 1 when the article is not withheld, is canceled, or unknown.
    """
    dependencies = dependencies_of(context)
    if undo and at:
        raise typer.BadParameter("--undo withholds the article at once: leave out --at", param_hint="--at")
    store, person = dependencies.store(), person_of(context, by)
    request = ReleaseRequest(at=at, by=person, reason=reason, undo=undo)
    decided = dependencies.releases(store, by=BY).decide(ArticleId(article_id), request)
    article = show_article(decided.id, store, now=dependencies.clock.now()) or decided
    emit(article) if as_json else emit_text(_report(article, dependencies.clock.now()))


def _report(article: Article, now: datetime) -> str:
    at = article.release.at if article.release else None
    if at is not None and at > now:
        return f"version {article.version} of {article.id} will be usable from {at:%Y-%m-%dT%H:%M:%SZ} on"
    return f"version {article.version} of {article.id} is {article.status} now"
