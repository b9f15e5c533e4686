"""What came out: articles and their versions."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query

from copytaster.article import Article, ArticleId
from copytaster.store.cursor import WrongCursorError
from copytaster_api.deps import Given
from copytaster_api.problems import WrongParameterError, documented
from copytaster_api.schemas import ArticleFilters, ArticleList, VersionList

router = APIRouter(prefix="/api/v1/articles", tags=["articles"], responses=documented(HTTPStatus.SERVICE_UNAVAILABLE))


@router.get("", responses=documented(HTTPStatus.UNPROCESSABLE_ENTITY))
def list_articles(deps: Given, filters: Annotated[ArticleFilters, Query()]) -> ArticleList:
    """Return the articles to which every given filter applies, newest received first; near-duplicates are left out."""
    try:
        page = deps.store.articles.find(filters.query())
    except WrongCursorError as error:
        raise WrongParameterError("cursor", str(error)) from error
    return ArticleList(items=page.articles, next_cursor=page.next_cursor)


@router.get("/{article_id}", responses=documented(HTTPStatus.NOT_FOUND))
def get_article(article_id: str, deps: Given) -> Article:
    """Return the newest version of one article."""
    article = deps.store.articles.get(ArticleId(article_id))
    if article is None:
        raise _missing(article_id)
    return article


@router.get("/{article_id}/versions", responses=documented(HTTPStatus.NOT_FOUND))
def list_versions(article_id: str, deps: Given) -> VersionList:
    """Return every version of one article, oldest first."""
    versions = deps.store.articles.versions(ArticleId(article_id))
    if not versions:
        raise _missing(article_id)
    return VersionList(items=tuple(versions))


def _missing(article_id: str) -> HTTPException:
    return HTTPException(HTTPStatus.NOT_FOUND, f"there is no article {article_id}; /api/v1/articles lists them")
