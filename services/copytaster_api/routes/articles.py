"""Routes of articles and their versions."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query

from copytaster.articles.acceptance import NotACopyError, UnknownArticleError
from copytaster.articles.views import articles_of_story, show_article, show_versions
from copytaster.articles.views import list_articles as as_listed
from copytaster.model.article import Article, ArticleId
from copytaster.store.cursor import WrongCursorError
from copytaster.store.ports.stories import StoryId
from copytaster_api.csrf import refuse_other_sites
from copytaster_api.dependencies import Dependencies, refuse_during_outage
from copytaster_api.problems import WrongParameterError, documented
from copytaster_api.schemas import ArticleFilters, ArticleList, VersionList

router = APIRouter(
    prefix="/api/v1/articles",
    tags=["articles"],
    responses=documented(HTTPStatus.SERVICE_UNAVAILABLE),
    dependencies=[Depends(refuse_during_outage)],
)


@router.get("", responses=documented(HTTPStatus.UNPROCESSABLE_ENTITY))
def list_articles(deps: Dependencies, filters: Annotated[ArticleFilters, Query()]) -> ArticleList:
    """Return the articles that match all filters, newest received first, without copies.

    Articles that are withheld or canceled at present have no text and no summary here, and only their title is
    searched.
    """
    now = deps.clock.now()
    among = articles_of_story(StoryId(filters.story), deps.store) if filters.story else None
    try:
        page = deps.store.articles.find(filters.query(among, at=now))
    except WrongCursorError as error:
        raise WrongParameterError("cursor", str(error)) from error
    items = as_listed(page.articles, deps.store, now=now)
    return ArticleList(items=tuple(items), next_cursor=page.next_cursor)


@router.get("/{article_id}", responses=documented(HTTPStatus.NOT_FOUND))
def get_article(article_id: str, deps: Dependencies) -> Article:
    """Return the newest version of one article, complete, with any status."""
    article = show_article(ArticleId(article_id), deps.store, now=deps.clock.now())
    if article is None:
        raise _missing(article_id)
    return article


@router.get("/{article_id}/versions", responses=documented(HTTPStatus.NOT_FOUND))
def list_versions(article_id: str, deps: Dependencies) -> VersionList:
    """Return all versions of one article, oldest first, each with its changes to the words of the previous one."""
    versions = show_versions(ArticleId(article_id), deps.store, now=deps.clock.now())
    if not versions:
        raise _missing(article_id)
    return VersionList(items=tuple(versions))


@router.post(
    "/{article_id}/accept",
    dependencies=[Depends(refuse_other_sites)],
    responses=documented(HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
)
def accept_article(article_id: str, deps: Dependencies) -> Article:
    """Turn a copy into a separate article, permanently, and return it; a second request changes nothing."""
    if deps.accept is None:
        raise HTTPException(
            HTTPStatus.SERVICE_UNAVAILABLE, "this API cannot write to the archive; use `copytaster accept`"
        )
    try:
        accepted = deps.accept(ArticleId(article_id))
    except UnknownArticleError as error:
        raise HTTPException(HTTPStatus.NOT_FOUND, str(error)) from error
    except NotACopyError as error:
        raise HTTPException(HTTPStatus.CONFLICT, str(error)) from error
    return show_article(accepted.id, deps.store, now=deps.clock.now()) or accepted


def _missing(article_id: str) -> HTTPException:
    return HTTPException(HTTPStatus.NOT_FOUND, f"there is no article {article_id}; /api/v1/articles lists them")
