"""``copytaster delete``: removes an article, or all articles of a source, permanently."""

from __future__ import annotations

from typing import Annotated, TypedDict

import typer

from copytaster.articles.acceptance import UnknownArticleError
from copytaster.articles.deletion import ArticleDeletion
from copytaster.model.article import ArticleId, Document
from copytaster.model.deletion import Deletion
from copytaster.store.article_pages import all_duplicates
from copytaster_cli.context import AsJson, By, dependencies_of, person_of
from copytaster_cli.rendering.output import emit, emit_text


class _Order(TypedDict):
    """Who deletes, why, and whether the files leave the archive too."""

    by: str
    reason: str | None
    with_original: bool


class DeletedArticles(Document):
    """How many articles were deleted, or would be."""

    articles: int


def delete(  # noqa: PLR0913  # one parameter per option of the contract
    context: typer.Context,
    *,
    article_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="The id of the article.")] = None,
    source: Annotated[str | None, typer.Option("--source", help="Delete all articles of this source.")] = None,
    by: By = None,
    reason: Annotated[str | None, typer.Option("--reason", help="Why it is deleted.")] = None,
    with_original: Annotated[
        bool, typer.Option("--with-original", help="Remove its files from the archive too, unless others need them.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count what would be deleted; change nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Remove an article with all its versions, or the articles of a source, permanently; later deliveries are rejected.

    The deletion is stored in the archive, so that a rebuilt store does not have the article again. Near-copies stay.
    Exit 1 when the article is unknown.
    """
    if (article_id is None) is (source is None):
        raise typer.BadParameter("give the id of an article, or --source: exactly one of the two")
    dependencies = dependencies_of(context)
    deletion = dependencies.deletion(dependencies.store())
    order = _Order(by=person_of(context, by), reason=reason, with_original=with_original)
    if source is not None:
        found, text = _delete_source(source, deletion, order, dry_run=dry_run)
    else:
        found, text = _delete_one(ArticleId(article_id or ""), deletion, order, dry_run=dry_run)
    person = found.by if isinstance(found, Deletion) else order["by"]  # a repeated deletion keeps the first decision
    emit(found) if as_json else emit_text(f"{'would be deleted' if dry_run else f'deleted by {person}'}: {text}")


def _delete_source(source: str, deletion: ArticleDeletion, order: _Order, *, dry_run: bool) -> tuple[Document, str]:
    count = sum(1 for _ in deletion.of_source(source)) if dry_run else deletion.delete_source(source, **order)
    return DeletedArticles(articles=count), f"{count} articles of {source}"


def _delete_one(name: ArticleId, deletion: ArticleDeletion, order: _Order, *, dry_run: bool) -> tuple[Document, str]:
    copies = {each.article_id for each in all_duplicates(deletion.store.articles, name)} - {name}
    text = f"{name}; its copies stay: {', '.join(sorted(copies))}" if copies else name
    if not dry_run:
        return deletion.delete(name, **order), text
    if deletion.store.articles.get(name) is None:
        raise UnknownArticleError(name)
    return DeletedArticles(articles=1), text
