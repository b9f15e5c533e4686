"""``copytaster accept``: a copy that is none becomes an article of its own."""

from __future__ import annotations

from typing import Annotated

import typer

from copytaster.articles.views import show_article
from copytaster.model.article import ArticleId
from copytaster_cli.context import AsJson, dependencies_of
from copytaster_cli.rendering.output import emit, emit_text

BY = "cli"
"""Who is named in the decision and in timelines."""


def accept(
    context: typer.Context,
    article_id: Annotated[str, typer.Argument(metavar="ID", help="The id of the copy.")],
    as_json: AsJson = False,
) -> None:
    """Make a copy an article of its own, for good: it is listed and tagged. Exit 1 when it is no copy, or unknown.

    The decision is kept beside the originals, so that a rebuilt store has it too.
    """
    dependencies = dependencies_of(context)
    store = dependencies.store()
    accepted = dependencies.acceptance(store, by=BY).accept(ArticleId(article_id))
    article = show_article(accepted.id, store, now=dependencies.clock.now()) or accepted
    emit(article) if as_json else emit_text(f"{article.id} is an article of its own, in the story {article.story_id}")
