"""``copytaster where``: prints where a file is, and what happens to it next."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

import typer

from copytaster.articles.releases import explain_withholding
from copytaster.model.article import ArticleId
from copytaster.model.delivery import DeliveryId
from copytaster_cli.context import AsJson, dependencies_of
from copytaster_cli.lookup import Answer
from copytaster_cli.reader import Reader
from copytaster_cli.reading import Url, reader_of
from copytaster_cli.rendering.articles import articles_table
from copytaster_cli.rendering.deliveries import print_delivery
from copytaster_cli.rendering.output import emit, emit_text, print_error, stdout_console
from copytaster_cli.shortened_ids import complete_id

MOST = 20
"""Articles that are shown to people; a file may have thousands."""


def where(
    context: typer.Context,
    query: Annotated[str, typer.Argument(metavar="NAME|PATH|SHA256|ID", help="Any of these about the file.")],
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Print where a file is, and what happens to it next.

    That is its timeline, its disposition with the reason, and advice. Exit 1 when the file is unknown.
    """
    now = dependencies_of(context).clock.now()
    reader = reader_of(context, url)
    answer = reader.find_file(query)
    if not answer.known and (whole := complete_id(query, reader)):
        answer = reader.find_file(whole)
    if not answer.known and (deletion := reader.deletion(ArticleId(query))):
        answer = answer.model_copy(update={"explanation": deletion})
    if as_json:
        emit(answer)
    else:
        _print(answer, reader, now)
    if answer.explanation and not answer.known:
        print_error(answer.explanation)
        raise typer.Exit(1)


def _print(answer: Answer, reader: Reader, now: datetime) -> None:
    """Print the deliveries and the articles of a file for people."""
    console, emptied = stdout_console(), _emptied(answer, reader)
    for delivery in answer.deliveries:
        print_delivery(console, delivery, now=now, is_emptied=delivery.id in emptied)
        console.print()
    if answer.articles:
        console.print(articles_table(answer.articles[:MOST]))
    if (more := len(answer.articles) - MOST) > 0:
        emit_text(f"and {more:,} more articles; --json prints all")
    for article in answer.articles[:MOST]:
        if withholding := explain_withholding(article, now):
            emit_text(withholding)
    for why in _gone(answer, reader):
        emit_text(why)
    if answer.explanation and answer.known:
        emit_text(answer.explanation)


def _emptied(answer: Answer, reader: Reader) -> set[DeliveryId]:
    """Return the deliveries that had articles, none of which is in the store any more.

    An answer need not contain all articles of very long files: of those that it lacks, the first and the last are read.
    """
    stored = {each.id for each in answer.articles}
    without = [each for each in answer.deliveries if each.article_ids and stored.isdisjoint(each.article_ids)]
    return {each.id for each in without if not any(map(reader.article, {each.article_ids[0], each.article_ids[-1]}))}


def _gone(answer: Answer, reader: Reader) -> Iterator[str]:
    """Yield for those of the first articles that are not in the store any more the reason."""
    stored = {each.id for each in answer.articles}
    ids = dict.fromkeys(each for delivery in answer.deliveries for each in delivery.article_ids)
    for each in list(ids)[:MOST]:
        if each not in stored:
            yield reader.deletion(each) or f"the article {each} was removed by the retention"
