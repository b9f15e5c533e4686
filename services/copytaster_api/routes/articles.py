"""Routes that read articles and their versions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Response

from copytaster.access.caller import Caller
from copytaster.articles.views import (
    AnyArticle,
    present_states,
    restriction,
    show_article,
    show_versions,
    without_other_sources,
)
from copytaster.model.access import Scope
from copytaster.model.article import Article, ArticleId
from copytaster.model.article_document import ArticleDocument
from copytaster.search.highlights import Highlights
from copytaster.search.index import NoIndexError
from copytaster.search.query import Order
from copytaster.search.syntax import QuerySyntaxError
from copytaster.store.cursor import WrongCursorError
from copytaster.store.ports.articles import ArticleQuery
from copytaster_api.access_rules import Sources, needs
from copytaster_api.article_documents import DocumentForm, joined_page
from copytaster_api.article_fields import PartialArticle, PartialArticleList, chosen
from copytaster_api.article_schemas import (
    ArticleFilters,
    ArticleList,
    ArticleSelection,
    ArticleView,
    DuplicateFilters,
    DuplicateList,
    VersionFilters,
    VersionList,
)
from copytaster_api.dependencies import ApiDependencies, Dependencies, RequestCaller, refuse_during_outage
from copytaster_api.entity_tags import article_tag
from copytaster_api.problems import GoneError, WrongParameterError, documented

router = APIRouter(
    prefix="/api/v1/articles",
    tags=["articles"],
    responses=documented(HTTPStatus.SERVICE_UNAVAILABLE),
    dependencies=[needs(Scope.READ, Sources.ARTICLE), Depends(refuse_during_outage)],
)


def _answered(document: Any) -> dict[int | str, dict[str, Any]]:
    """Return the argument ``responses`` of a route that writes its document itself."""
    return {HTTPStatus.OK.value: {"model": document, "description": "Successful Response"}}


def _json(document: str | bytes, headers: Mapping[str, str] | None = None) -> Response:
    return Response(document, headers=dict(headers or {}), media_type="application/json")


@router.get(
    "",
    responses=_answered(ArticleList | PartialArticleList),
    response_model=None,
    dependencies=[needs(Scope.READ, Sources.ONE_PARAMETER)],
)
def list_articles(deps: Dependencies, filters: Annotated[ArticleFilters, Query()], caller: RequestCaller) -> Response:
    """Return the articles that match all filters, newest received first, without copies.

    Articles that are withheld or canceled at present have no text and no summary here, and `q` finds them by their
    title only.
    """
    now = deps.clock.now()
    found = find_articles(filters, deps, now)
    states = present_states([each for each, _ in found.items], deps.store, now=now)
    form = DocumentForm(filters.fields, caller.sources)
    documents = [
        deps.documents.listed(article, state, form, highlights=highlights)
        for (article, highlights), state in zip(found.items, states, strict=True)
    ]
    return _json(joined_page(documents, found.next_cursor))


@dataclass(frozen=True, slots=True)
class FoundArticles:
    """Articles of a page with their highlights, which are None without a search."""

    items: Sequence[tuple[ArticleDocument, Highlights | None]]
    next_cursor: str | None


def find_articles(filters: ArticleSelection, deps: ApiDependencies, now: datetime) -> FoundArticles:
    """Return a page of articles. Raises ``WrongParameterError``, and the errors of the search."""
    query = filters.query(restriction(deps.store, filters.story, withheld=filters.withheld), now=now)
    try:
        if filters.q:
            return _search(filters.q, query, filters.sort, deps, now)
        if filters.sort is not Order.NEWEST:
            raise WrongParameterError("sort", f"{filters.sort.value} needs a search, the parameter q")
        page = deps.store.articles.find_documents(query)
    except WrongCursorError as error:
        raise WrongParameterError("cursor", str(error)) from error
    return FoundArticles([(each, None) for each in page.documents], page.next_cursor)


def _search(text: str, query: ArticleQuery, order: Order, deps: ApiDependencies, now: datetime) -> FoundArticles:
    if deps.search is None:
        raise NoIndexError("this API has no search index")
    try:
        results = deps.search.find(text, query, order=order, now=now)
    except QuerySyntaxError as error:
        raise WrongParameterError("q", str(error)) from error
    return FoundArticles([(each.document, each.highlights) for each in results.items], results.next_cursor)


@router.get(
    "/{article_id}",
    responses=_answered(Article | PartialArticle) | documented(HTTPStatus.NOT_FOUND, HTTPStatus.GONE),
    response_model=None,
)
def get_article(
    article_id: str, deps: Dependencies, view: Annotated[ArticleView, Query()], caller: RequestCaller
) -> Response:
    """Return the newest version of one article, complete, with any status."""
    article = show_article(ArticleId(article_id), deps.store, now=deps.clock.now())
    if article is None:
        raise missing_article(article_id, deps)
    (shown,) = visible_to([article], caller)
    return _json(shown.model_dump_json(include=chosen(view.fields, Article)), {"ETag": article_tag(article)})


@router.get(
    "/{article_id}/duplicates",
    dependencies=[needs(Scope.READ)],
    responses=documented(HTTPStatus.NOT_FOUND, HTTPStatus.GONE),
)
def list_duplicates(
    article_id: str, deps: Dependencies, filters: Annotated[DuplicateFilters, Query()]
) -> DuplicateList:
    """Return the copies of one article, newest first; the article itself has only the newest of them."""
    name = ArticleId(article_id)
    page = deps.store.articles.duplicates(name, cursor=filters.cursor, limit=filters.limit)
    if not page.duplicates and deps.store.articles.get(name) is None:
        raise missing_article(article_id, deps)
    return DuplicateList(items=page.duplicates, next_cursor=page.next_cursor)


@router.get(
    "/{article_id}/versions",
    dependencies=[needs(Scope.READ)],
    responses=documented(HTTPStatus.NOT_FOUND, HTTPStatus.GONE),
)
def list_versions(article_id: str, deps: Dependencies, filters: Annotated[VersionFilters, Query()]) -> VersionList:
    """Return the versions of one article, oldest first, each with its changes to the words of the previous one."""
    name, now = ArticleId(article_id), deps.clock.now()
    if not deps.store.articles.version_count(name):
        raise missing_article(article_id, deps)
    try:
        page = show_versions(name, deps.store, now=now, cursor=filters.cursor, limit=filters.limit)
    except WrongCursorError as error:
        raise WrongParameterError("cursor", str(error)) from error
    return VersionList(items=page.versions, next_cursor=page.next_cursor)


def visible_to(articles: Iterable[AnyArticle], caller: Caller) -> tuple[AnyArticle, ...]:
    """Return the articles without what other sources than the caller's have delivered."""
    return tuple(without_other_sources(each, caller.sources) if caller.sources else each for each in articles)


def missing_article(article_id: str, deps: ApiDependencies) -> Exception:
    """Return the problem of an article that is not in the store: a deleted one is gone for ever."""
    if deletion := deps.store.articles.deletion(ArticleId(article_id)):
        return GoneError(deletion)
    return HTTPException(HTTPStatus.NOT_FOUND, f"there is no article {article_id}; /api/v1/articles lists them")
