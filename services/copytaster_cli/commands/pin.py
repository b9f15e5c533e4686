"""``copytaster pin`` and ``copytaster unpin``: keep an article whatever its age, or no longer."""

from __future__ import annotations

from typing import Annotated

import typer

from copytaster.articles.pins import PinRequest
from copytaster.model.article import ArticleId
from copytaster_cli.context import AsJson, By, dependencies_of, person_of
from copytaster_cli.rendering.output import emit, emit_text

Id = Annotated[str, typer.Argument(metavar="ID", help="The id of the article.")]


def pin(
    context: typer.Context,
    *,
    article_id: Id,
    by: By = None,
    reason: Annotated[str | None, typer.Option("--reason", help="Why it is kept.")] = None,
    as_json: AsJson = False,
) -> None:
    """Keep an article whatever its age and however short the memory is.

    The decision is stored in the archive, so that a rebuilt store has the article too. Exit 1 when it is unknown.
    """
    _decide(context, article_id, PinRequest(by=person_of(context, by), reason=reason), as_json=as_json)


def unpin(context: typer.Context, *, article_id: Id, by: By = None, as_json: AsJson = False) -> None:
    """Let an article be removed at its age again. Exit 1 when it is unknown."""
    _decide(context, article_id, PinRequest(by=person_of(context, by), undo=True), as_json=as_json)


def _decide(context: typer.Context, article_id: str, request: PinRequest, *, as_json: bool) -> None:
    dependencies = dependencies_of(context)
    article = dependencies.pins(dependencies.store()).decide(ArticleId(article_id), request)
    what = f"is pinned by {article.pin.by}" if article.pin else "is not pinned any more"
    emit(article) if as_json else emit_text(f"{article.id} {what}")
