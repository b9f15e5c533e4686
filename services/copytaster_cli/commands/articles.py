"""``copytaster articles`` and ``copytaster show``: print articles of the store."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated

import typer

from copytaster.articles.views import ListedArticle
from copytaster.model.article import ArticleId
from copytaster_cli.article_filters import (
    Entity,
    FileFormat,
    Keyword,
    Language,
    Publisher,
    ReceivedFrom,
    ReceivedTo,
    Since,
    Source,
    Status,
    Story,
    Tag,
    Topic,
    Until,
    article_query,
)
from copytaster_cli.context import AsJson, dependencies_of
from copytaster_cli.reader import Selection
from copytaster_cli.reading import Url, reader_of
from copytaster_cli.rendering.articles import article_page, articles_table, duplicates_table
from copytaster_cli.rendering.output import emit, emit_text, print_error, stdout_console
from copytaster_cli.rendering.versions import versions_page
from copytaster_cli.selection_notes import cut, explain_if_empty
from copytaster_cli.shortened_ids import find_article


def articles(  # noqa: PLR0913  # one parameter per filter of the contract
    context: typer.Context,
    *,
    source: Source = None,
    publisher: Publisher = None,
    topic: Topic = None,
    entity: Entity = None,
    keyword: Keyword = None,
    tag: Tag = None,
    language: Language = None,
    file_format: FileFormat = None,
    status: Status = None,
    story: Story = None,
    since: Since = None,
    until: Until = None,
    received_from: ReceivedFrom = None,
    received_to: ReceivedTo = None,
    withheld: Annotated[
        bool, typer.Option("--withheld", help="Only withheld without an end, until a person releases them.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="Largest number of articles.")] = 50,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """List articles, newest first.

    Withheld and canceled ones are listed without their text. --json prints one line of JSON for each article.
    """
    texts = {"source": source, "publisher": publisher, "topic": topic, "entity": entity, "keyword": keyword}
    texts |= {"tag": tag, "language": language, "format": file_format}
    published, received = (since, until), (received_from, received_to)
    query = article_query(texts, status, published, received, now=dependencies_of(context).clock.now())
    reader, selection = reader_of(context, url), Selection(query=query, story=story, withheld=withheld)
    found = explain_if_empty(reader.articles(selection, most=limit + 1), selection, reader)
    listed = cut(found, limit, of="articles")
    stdout_console().print(articles_table(listed)) if not as_json else _emit_each(listed)


def show(  # noqa: PLR0913  # one parameter per option of the contract
    context: typer.Context,
    article_id: Annotated[str, typer.Argument(metavar="ID", help="Id of the article, its beginning, or a delivery's.")],
    *,
    versions: Annotated[bool, typer.Option("--versions", help="Print what each version changed.")] = False,
    duplicates: Annotated[bool, typer.Option("--duplicates", help="Print all its copies, newest first.")] = False,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Print one article, or its versions, or its copies.

    It has its labels, relation and newest duplicates. Exit 1 when there is no article with this id.
    """
    reader = reader_of(context, url)
    article = find_article(article_id, reader)
    if article is None:
        unknown = f"there is no article {article_id}; `copytaster articles` lists the articles"
        print_error(reader.deletion(ArticleId(article_id)) or unknown)
        raise typer.Exit(1)
    if duplicates:
        copies = reader.duplicates(article.id)
        emit(*copies) if as_json else stdout_console().print(duplicates_table(copies))
        return
    if versions:
        states = reader.versions(article.id)
        emit(*states) if as_json else stdout_console().print(versions_page(states, shown=article.version))
        return
    count = reader.version_count(article.id)
    if as_json:
        emit_text(json.dumps(article.model_dump(mode="json") | {"versions": count}, ensure_ascii=False))
    else:
        stdout_console().print(article_page(article, versions=count))


def _emit_each(articles: Iterator[ListedArticle]) -> None:
    """Print the articles one by one, so that only one page is in memory."""
    for article in articles:
        emit(article)
