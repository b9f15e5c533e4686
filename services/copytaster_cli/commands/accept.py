"""``copytaster accept``: turns a copy into a separate article, or with ``--undo`` into a copy again."""

from __future__ import annotations

from typing import Annotated

import typer

from copytaster.articles.views import show_article
from copytaster.model.article import Article, ArticleId
from copytaster_cli.context import AsJson, dependencies_of, person_of
from copytaster_cli.rendering.output import emit, emit_text


def accept(
    context: typer.Context,
    article_id: Annotated[str, typer.Argument(metavar="ID", help="The id of the copy.")],
    undo: Annotated[bool, typer.Option("--undo", help="Make the article a copy again.")] = False,
    as_json: AsJson = False,
) -> None:
    """Turn a copy into a separate article, or with --undo into a copy again.

    It is listed and tagged from then on. The decision is stored in the archive, so that a rebuilt store has it too.
    Exit 1 when the article is not a copy, or unknown; with --undo when it was not accepted, or its original is gone.
    """
    dependencies = dependencies_of(context)
    store = dependencies.store()
    acceptance = dependencies.acceptance(store)
    changed = (acceptance.undo if undo else acceptance.accept)(ArticleId(article_id), by=person_of(context))
    article = show_article(changed.id, store, now=dependencies.clock.now()) or changed
    emit(article) if as_json else emit_text(_described(article))


def _described(article: Article) -> str:
    if article.relation:
        return f"{article.id} is a copy of {article.relation.of} again"
    return f"{article.id} is a separate article now, in the story {article.story_id}"
