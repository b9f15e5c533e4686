"""``copytaster accept``: turns a copy into a separate article."""

from __future__ import annotations

from typing import Annotated

import typer

from copytaster.articles.views import show_article
from copytaster.model.article import ArticleId
from copytaster_cli.context import AsJson, dependencies_of
from copytaster_cli.rendering.output import emit, emit_text

BY = "cli"
"""The actor in the decision and in timelines."""


def accept(
    context: typer.Context,
    article_id: Annotated[str, typer.Argument(metavar="ID", help="The id of the copy.")],
    as_json: AsJson = False,
) -> None:
    """Turn a copy into a separate article, permanently.

    It is listed and tagged from then on. The decision is stored in the archive, so that a rebuilt store has it too.
    Exit 1 when the article is not a copy, or unknown.
    """
    dependencies = dependencies_of(context)
    store = dependencies.store()
    accepted = dependencies.acceptance(store, by=BY).accept(ArticleId(article_id))
    article = show_article(accepted.id, store, now=dependencies.clock.now()) or accepted
    emit(article) if as_json else emit_text(f"{article.id} is a separate article now, in the story {article.story_id}")
