"""``copytaster articles`` and ``copytaster show``: print articles of the store."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Annotated

import typer

from copytaster.articles.views import (
    ListedArticle,
    all_versions,
    list_articles,
    restriction,
    show_article,
)
from copytaster.model.article import ArticleId
from copytaster.store.article_pages import all_duplicates, article_pages
from copytaster.store.ports.articles import ArticleQuery
from copytaster.store.store import Store
from copytaster_cli.article_filters import (
    Entity,
    Keyword,
    Language,
    Publisher,
    Since,
    Source,
    Story,
    Topic,
    Until,
)
from copytaster_cli.context import AsJson, dependencies_of
from copytaster_cli.rendering.articles import article_page, articles_table, duplicates_table
from copytaster_cli.rendering.output import emit, emit_text, print_error, stdout_console
from copytaster_cli.rendering.versions import versions_page

PAGE = 100
"""Articles that are read at once; more would occupy the server for too long."""


def articles(  # noqa: PLR0913  # one parameter per filter of the contract
    context: typer.Context,
    *,
    source: Source = None,
    publisher: Publisher = None,
    topic: Topic = None,
    entity: Entity = None,
    keyword: Keyword = None,
    language: Language = None,
    story: Story = None,
    since: Since = None,
    until: Until = None,
    withheld: Annotated[
        bool, typer.Option("--withheld", help="Only withheld without an end, until a person releases them.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="Largest number of articles.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List articles, newest first.

    Withheld and canceled ones are listed without their text. --json prints one line of JSON for each article.
    """
    query = ArticleQuery(
        source=source,
        publisher=publisher,
        topic=topic,
        entity=entity,
        keyword=keyword,
        language=language,
        published_from=since,
        published_to=until,
    )
    store, now = dependencies_of(context).store_to_read(), dependencies_of(context).clock.now()
    query = replace(query, among=restriction(store, story, withheld=withheld))
    listed = _take(store, query, limit, now=now)
    stdout_console().print(articles_table(listed)) if not as_json else _emit_each(listed)


def show(
    context: typer.Context,
    article_id: Annotated[str, typer.Argument(metavar="ID", help="The article's id.")],
    *,
    versions: Annotated[bool, typer.Option("--versions", help="Print what each version changed.")] = False,
    duplicates: Annotated[bool, typer.Option("--duplicates", help="Print all its copies, newest first.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print one article, or its versions, or its copies.

    It has its labels, relation and newest duplicates. Exit 1 when there is no article with this id.
    """
    dependencies = dependencies_of(context)
    store, now = dependencies.store_to_read(), dependencies.clock.now()
    article = show_article(ArticleId(article_id), store, now=now)
    if article is None:
        print_error(f"there is no article {article_id}; `copytaster articles` lists the articles")
        raise typer.Exit(1)
    if duplicates:
        copies = all_duplicates(store.articles, article.id)
        emit(*copies) if as_json else stdout_console().print(duplicates_table(copies))
        return
    if versions:
        states = all_versions(article.id, store, now=now)
        emit(*states) if as_json else stdout_console().print(versions_page(states, shown=article.version))
        return
    count = store.articles.version_count(article.id)
    if as_json:
        emit_text(json.dumps(article.model_dump(mode="json") | {"versions": count}, ensure_ascii=False))
    else:
        stdout_console().print(article_page(article, versions=count))


def _emit_each(articles: Iterator[ListedArticle]) -> None:
    """Print the articles one by one, so that only one page is in memory."""
    for article in articles:
        emit(article)


def _take(store: Store, query: ArticleQuery, limit: int, *, now: datetime) -> Iterator[ListedArticle]:
    """Yield up to ``limit`` articles, page by page."""
    for page in article_pages(store.articles, replace(query, limit=PAGE), most=limit):
        yield from list_articles(page, store, now=now)
