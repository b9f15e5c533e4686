"""Routes of standing searches: saved queries, their hits, and what they would have found."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request, Response

from copytaster.model.access import Scope
from copytaster.model.standing_search import SEARCH, SearchConditions, SearchId
from copytaster.search.index import NoIndexError
from copytaster.search.syntax import QuerySyntaxError
from copytaster.searches.administration import (
    SearchDesk,
    SearchOrder,
    ShownSearch,
    TooManySearchesError,
    UnknownSearchError,
)
from copytaster.searches.preview import Preview, SearchPreview
from copytaster.searches.query import NoConditionError
from copytaster_api.access_rules import needs
from copytaster_api.audit_targets import name_target
from copytaster_api.csrf import refuse_other_sites
from copytaster_api.dependencies import Dependencies, RequestCaller, refuse_during_outage, writing
from copytaster_api.problems import WrongParameterError, documented
from copytaster_api.search_schemas import (
    HitFilters,
    HitList,
    PreviewFilters,
    PreviewOrder,
    SearchList,
    SearchListFilters,
)

router = APIRouter(
    prefix="/api/v1/searches",
    tags=["searches"],
    responses=documented(HTTPStatus.SERVICE_UNAVAILABLE),
    dependencies=[needs(Scope.READ), Depends(refuse_during_outage)],
)

FOUND = documented(HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY)

CHANGED = documented(HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY)

FROM_HERE = [Depends(refuse_other_sites)]


async def _desk(deps: Dependencies) -> SearchDesk:
    return writing(deps.searches, command="searches")


async def _preview(deps: Dependencies) -> SearchPreview:
    if deps.search_preview is None:
        raise NoIndexError("this API has no search index")
    return deps.search_preview


Searches = Annotated[SearchDesk, Depends(_desk)]
Previews = Annotated[SearchPreview, Depends(_preview)]
Id = Annotated[SearchId, Path(pattern=SEARCH, description="Id of the standing search.")]


@router.get("", responses=documented(HTTPStatus.UNPROCESSABLE_ENTITY))
def list_searches(searches: Searches, filters: Annotated[SearchListFilters, Query()]) -> SearchList:
    """Return the standing searches, the newest first, with the numbers of their hits."""
    page = searches.page(cursor=filters.cursor, limit=filters.limit)
    return SearchList(items=page.searches, next_cursor=page.next_cursor)


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    dependencies=FROM_HERE,
    responses=documented(HTTPStatus.FORBIDDEN, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY),
)
def create_search(
    order: SearchOrder, searches: Searches, caller: RequestCaller, request: Request, response: Response
) -> ShownSearch:
    """Create a standing search, which is compared with the articles that arrive from now on, unless `on` is false."""
    name_target(request, order.name)
    with _translated():
        created = searches.create(order, by=caller.signature(order.by))
    name_target(request, created.id, order.name)
    response.headers["Location"] = request.app.url_path_for("show_search", search_id=created.id)
    return created


@router.post(
    "/preview",
    dependencies=FROM_HERE,
    responses=documented(HTTPStatus.FORBIDDEN, HTTPStatus.UNPROCESSABLE_ENTITY),
)
def preview_search(order: PreviewOrder, preview: Previews, request: Request) -> Preview:
    """Return what a search with these conditions would have found in the last days; nothing is stored."""
    name_target(request, order.q)
    with _translated():
        return preview.look(order.conditions, days=order.days)


@router.get("/{search_id}", responses=FOUND)
def show_search(search_id: Id, searches: Searches) -> ShownSearch:
    """Return one standing search, with the number of its hits."""
    with _translated():
        return searches.show(search_id)


@router.get("/{search_id}/hits", responses=FOUND)
def list_hits(search_id: Id, searches: Searches, filters: Annotated[HitFilters, Query()]) -> HitList:
    """Return the newest hits of a standing search, at most 200, with the articles as they are now."""
    with _translated():
        return HitList(items=tuple(searches.hits(search_id, limit=filters.limit)))


@router.get("/{search_id}/preview", responses=FOUND)
def preview_stored_search(
    search_id: Id, searches: Searches, preview: Previews, filters: Annotated[PreviewFilters, Query()]
) -> Preview:
    """Return what a standing search would have found in the last days, whether it is on or off."""
    with _translated():
        search = searches.show(search_id)
        conditions = search.model_dump(include=set(SearchConditions.model_fields))
        return preview.look(SearchConditions(**conditions), days=filters.days)


@router.post("/{search_id}/on", dependencies=FROM_HERE, responses=CHANGED)
def switch_search_on(search_id: Id, searches: Searches) -> ShownSearch:
    """Compare a standing search with the articles that arrive from now on; nothing changes if it is on."""
    with _translated():
        return searches.switch_on(search_id)


@router.post("/{search_id}/off", dependencies=FROM_HERE, responses=CHANGED)
def switch_search_off(search_id: Id, searches: Searches) -> ShownSearch:
    """Compare a standing search with nothing any more; its hits stay."""
    with _translated():
        return searches.switch_off(search_id)


@router.delete("/{search_id}", status_code=HTTPStatus.NO_CONTENT, dependencies=FROM_HERE, responses=CHANGED)
def delete_search(search_id: Id, searches: Searches) -> None:
    """Delete a standing search with its hits."""
    with _translated():
        searches.delete(search_id)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except UnknownSearchError as error:
        raise HTTPException(HTTPStatus.NOT_FOUND, str(error)) from error
    except TooManySearchesError as error:
        raise HTTPException(HTTPStatus.CONFLICT, str(error)) from error
    except (QuerySyntaxError, NoConditionError) as error:
        raise WrongParameterError("q", str(error)) from error
