"""Routes that change articles: deletion, acceptance, release and pins."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query

from copytaster.access.caller import Caller
from copytaster.articles.acceptance import Accept, NotAcceptedError, NotACopyError, UnknownArticleError
from copytaster.articles.pins import PinRequest
from copytaster.articles.releases import NotReleasedError, ReleaseRequest
from copytaster.articles.views import show_article
from copytaster.model.access import Scope
from copytaster.model.article import Article, ArticleId
from copytaster_api.access_rules import Sources, needs
from copytaster_api.article_schemas import DeletionOrder, PinOrder, ReleaseOrder
from copytaster_api.csrf import refuse_other_sites
from copytaster_api.dependencies import ApiDependencies, Dependencies, RequestCaller, refuse_during_outage, writing
from copytaster_api.preconditions import Condition
from copytaster_api.problems import WrongParameterError, documented
from copytaster_api.routes.articles import visible_to

REFUSALS = (
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.PRECONDITION_FAILED,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
"""Problems of every change of an article."""

router = APIRouter(
    prefix="/api/v1/articles",
    tags=["articles"],
    responses=documented(*REFUSALS),
    dependencies=[needs(Scope.READ, Sources.ARTICLE), Depends(refuse_during_outage), Depends(refuse_other_sites)],
)

AT_ONCE = ReleaseOrder()
"""The order of a request without a body."""


@router.delete(
    "/{article_id}",
    status_code=HTTPStatus.NO_CONTENT,
)
def delete_article(
    article_id: str,
    deps: Dependencies,
    caller: RequestCaller,
    condition: Condition,
    order: Annotated[DeletionOrder, Query()],
) -> None:
    """Delete an article with all its versions, permanently; a second request changes nothing."""
    delete = writing(deps.delete, command="delete")
    try:
        delete(ArticleId(article_id), **dict(order) | {"by": caller.signature(order.by), "expected": condition})
    except UnknownArticleError as error:
        raise HTTPException(HTTPStatus.NOT_FOUND, str(error)) from error


@router.post(
    "/{article_id}/accept",
    responses=documented(HTTPStatus.CONFLICT),
)
def accept_article(article_id: str, deps: Dependencies, caller: RequestCaller, condition: Condition) -> Article:
    """Turn a copy into a separate article, and return it; a second request changes nothing."""
    accept = writing(deps.accept, command="accept")
    return _shown(_decided(accept, article_id, condition, caller), deps, caller)


@router.delete(
    "/{article_id}/accept",
    responses=documented(HTTPStatus.CONFLICT),
)
def undo_acceptance(article_id: str, deps: Dependencies, caller: RequestCaller, condition: Condition) -> Article:
    """Make an accepted article a copy again, and return it; a second request changes nothing."""
    undo = writing(deps.undo_acceptance, command="accept --undo")
    return _shown(_decided(undo, article_id, condition, caller), deps, caller)


def _decided(decide: Accept, article_id: str, condition: Condition, caller: Caller) -> Article:
    """Return the article that was accepted, or is a copy again. Raises ``HTTPException``."""
    try:
        return decide(ArticleId(article_id), by=caller.signature(None), expected=condition)
    except UnknownArticleError as error:
        raise HTTPException(HTTPStatus.NOT_FOUND, str(error)) from error
    except (NotACopyError, NotAcceptedError) as error:
        raise HTTPException(HTTPStatus.CONFLICT, str(error)) from error


@router.post(
    "/{article_id}/release",
    responses=documented(HTTPStatus.CONFLICT),
)
def release_article(
    article_id: str,
    deps: Dependencies,
    caller: RequestCaller,
    condition: Condition,
    order: ReleaseOrder = AT_ONCE,
) -> Article:
    """Release a withheld article, or withhold it again, and return it; a second request changes nothing."""
    release = writing(deps.release, command="release")
    if order.undo and order.at:
        raise WrongParameterError("at", "undo withholds the article at once")
    try:
        request = ReleaseRequest(**dict(order) | {"by": caller.signature(order.by)})
        released = release(ArticleId(article_id), request, expected=condition)
    except UnknownArticleError as error:
        raise HTTPException(HTTPStatus.NOT_FOUND, str(error)) from error
    except NotReleasedError as error:
        raise HTTPException(HTTPStatus.CONFLICT, str(error)) from error
    return _shown(released, deps, caller)


@router.post(
    "/{article_id}/pin",
)
def pin_article(
    article_id: str,
    deps: Dependencies,
    caller: RequestCaller,
    condition: Condition,
    order: Annotated[PinOrder, Query()],
) -> Article:
    """Keep an article whatever its age, and return it; a second request changes nothing."""
    request = PinRequest(by=caller.signature(order.by), reason=order.reason)
    return _pin(article_id, request, condition, deps, caller)


@router.delete(
    "/{article_id}/pin",
)
def unpin_article(
    article_id: str,
    deps: Dependencies,
    caller: RequestCaller,
    condition: Condition,
    order: Annotated[PinOrder, Query()],
) -> Article:
    """Let an article be removed at its age again, and return it; a second request changes nothing."""
    request = PinRequest(by=caller.signature(order.by), reason=order.reason, undo=True)
    return _pin(article_id, request, condition, deps, caller)


def _pin(article_id: str, request: PinRequest, condition: Condition, deps: ApiDependencies, caller: Caller) -> Article:
    pin = writing(deps.pin, command="pin")
    try:
        pinned = pin(ArticleId(article_id), request, expected=condition)
    except UnknownArticleError as error:
        raise HTTPException(HTTPStatus.NOT_FOUND, str(error)) from error
    return _shown(pinned, deps, caller)


def _shown(article: Article, deps: ApiDependencies, caller: Caller) -> Article:
    shown = show_article(article.id, deps.store, now=deps.clock.now()) or article
    return visible_to([shown], caller)[0]
