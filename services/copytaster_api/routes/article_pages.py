"""The pages of articles: the list with search and facets, and an article with its versions, copies and story."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from fastapi import Query
from fastapi.responses import Response

from copytaster.articles.facets import facets_of
from copytaster.articles.views import ListedArticle, list_articles, show_article, show_versions
from copytaster.model.article import Article, ArticleId, ArticleStatus
from copytaster.search.query import Order
from copytaster.store.cursor import WrongCursorError
from copytaster.store.ports.stories import StoryId
from copytaster.stories.reading import read_story
from copytaster_api.article_schemas import ArticleSelection, DuplicateFilters, VersionFilters
from copytaster_api.dependencies import ApiDependencies, Dependencies
from copytaster_api.page_frame import PageMaker, Pages
from copytaster_api.page_routers import page_router
from copytaster_api.problems import WrongParameterError, WrongParametersError, documented
from copytaster_api.routes.articles import FoundArticles, find_articles, missing_article
from copytaster_api.text_marks import (
    Piece,
    found_title,
    legend,
    marks_in_text,
    marks_in_title,
    passage,
    pieces,
)

router = page_router("/articles")

OF_ONE = documented(HTTPStatus.NOT_FOUND, HTTPStatus.GONE, HTTPStatus.UNPROCESSABLE_ENTITY)


@dataclass(frozen=True, slots=True)
class ArticleRow:
    """An article in the list: its title and a passage of its text, with what a search found."""

    article: ListedArticle
    title: list[Piece]
    passage: list[Piece]


@router.get("", responses=documented(HTTPStatus.UNPROCESSABLE_ENTITY))
def article_list(deps: Dependencies, pages: Pages, filters: Annotated[ArticleSelection, Query()]) -> Response:
    """Return the page with the articles, the newest first; with the filters and the search of `/api/v1/articles`."""
    try:
        found = find_articles(_sorted(filters), deps, deps.clock.now())
    except WrongParametersError as error:
        (wrong,) = error.parameters
        if wrong.name != "q" or not pages.is_for_a_browser:
            raise
        return _list(pages, deps, FoundArticles((), None), wrong.message)
    return _list(pages, deps, found)


def _sorted(filters: ArticleSelection) -> ArticleSelection:
    """Return the filters with an order that they can have: a person removes the search and leaves the order."""
    return filters if filters.q else filters.model_copy(update={"sort": Order.NEWEST})


def _list(pages: PageMaker, deps: ApiDependencies, found: FoundArticles, wrong: str | None = None) -> Response:
    articles = _listed(found, deps)
    return pages.render(
        "articles.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK,
        rows=[ArticleRow(each, found_title(each), passage(each)) for each in articles],
        facets=facets_of(articles),
        next_address=found.next_cursor and pages.address(cursor=found.next_cursor),
        wrong=wrong,
        statuses=list(ArticleStatus),
        inbox=deps.inbox,
    )


def _listed(found: FoundArticles, deps: ApiDependencies) -> list[ListedArticle]:
    """Return the articles in the form for lists, with what the search found in them."""
    articles = list_articles([each.article for each, _ in found.items], deps.store, now=deps.clock.now())
    return [
        article.model_copy(update={"highlights": highlights and highlights.spans})
        for article, (_, highlights) in zip(articles, found.items, strict=True)
    ]


@router.get("/{article_id}", responses=OF_ONE)
def article_page(article_id: str, deps: Dependencies, pages: Pages) -> Response:
    """Return the page of an article: the text with names and rule hits, origins, labels, copies and story."""
    article, now = _article(article_id, deps), deps.clock.now()
    story = read_story(StoryId(article.story_id), deps.store, now=now, limit=1) if article.story_id else None
    in_title, in_text = marks_in_title(article), marks_in_text(article)
    return pages.render(
        "article.html",
        article=article,
        signature=pages.signature,
        title=pieces(article.title, in_title),
        text=pieces(article.text, in_text),
        legend=legend(in_title, in_text),
        story=story,
        versions=deps.store.articles.version_count(article.id),
        is_accepted=deps.store.articles.is_accepted(article.id),
    )


@router.get("/{article_id}/versions", responses=OF_ONE)
def version_list(
    article_id: str, deps: Dependencies, pages: Pages, filters: Annotated[VersionFilters, Query()]
) -> Response:
    """Return the page with the versions of an article, oldest first, each with the words that were changed."""
    article = _article(article_id, deps)
    try:
        page = show_versions(article.id, deps.store, now=deps.clock.now(), cursor=filters.cursor, limit=filters.limit)
    except WrongCursorError as error:
        raise WrongParameterError("cursor", str(error)) from error
    more = page.next_cursor and pages.address(cursor=page.next_cursor)
    return pages.render("versions.html", article=article, versions=page.versions, next_address=more)


@router.get("/{article_id}/copies", responses=OF_ONE)
def copy_list(
    article_id: str, deps: Dependencies, pages: Pages, filters: Annotated[DuplicateFilters, Query()]
) -> Response:
    """Return the page with all copies of an article, newest first."""
    article = _article(article_id, deps)
    page = deps.store.articles.duplicates(article.id, cursor=filters.cursor, limit=filters.limit)
    more = page.next_cursor and pages.address(cursor=page.next_cursor)
    return pages.render("copies.html", article=article, copies=page.duplicates, next_address=more)


def _article(article_id: str, deps: ApiDependencies) -> Article:
    article = show_article(ArticleId(article_id), deps.store, now=deps.clock.now())
    if article is None:
        raise missing_article(article_id, deps)
    return article
