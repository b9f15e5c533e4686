"""Routes of stories."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response

from copytaster.model.access import Scope
from copytaster.model.story_decision import StoryDecision
from copytaster.store.cursor import WrongCursorError
from copytaster.store.ports.stories import StoryId
from copytaster.stories.across_languages import with_links
from copytaster.stories.decisions import StoryConflictError, StoryDesk, UnknownStoryError
from copytaster.stories.listing import find_stories
from copytaster.stories.reading import read_story
from copytaster.stories.story import Story
from copytaster_api.access_rules import needs
from copytaster_api.audit_targets import name_target
from copytaster_api.csrf import refuse_other_sites
from copytaster_api.dependencies import ApiDependencies, Dependencies, RequestCaller, refuse_during_outage, writing
from copytaster_api.problems import WrongParameterError, documented
from copytaster_api.story_schemas import (
    HeadlineOrder,
    MemberFilters,
    MergeOrder,
    MoveOrder,
    SplitOrder,
    StoryDecisionList,
    StoryFilters,
    StoryList,
    UndoOrder,
)

router = APIRouter(
    prefix="/api/v1/stories",
    tags=["stories"],
    responses=documented(HTTPStatus.SERVICE_UNAVAILABLE),
    dependencies=[needs(Scope.READ), Depends(refuse_during_outage)],
)

decision_router = APIRouter(
    prefix="/api/v1/stories/{story_id}",
    tags=["stories"],
    responses=documented(
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.CONFLICT,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        HTTPStatus.SERVICE_UNAVAILABLE,
    ),
    dependencies=[needs(Scope.WRITE), Depends(refuse_during_outage), Depends(refuse_other_sites)],
)


@router.get("", responses=documented(HTTPStatus.UNPROCESSABLE_ENTITY))
def list_stories(deps: Dependencies, filters: Annotated[StoryFilters, Query()]) -> StoryList:
    """Return the stories of several articles that match all filters, the last changed first, without their members.

    At most 400 stories are compared with the filters for one page, so that a page may be short, or empty, although
    others follow: only a `next_cursor` of null means that there are no more.
    """
    try:
        page = find_stories(
            filters.query(), deps.store, now=deps.clock.now(), cursor=filters.cursor, limit=filters.limit
        )
    except WrongCursorError as error:
        raise WrongParameterError("cursor", str(error)) from error
    return StoryList(items=page.stories, next_cursor=page.next_cursor)


@router.get("/{story_id}", responses=documented(HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY))
def get_story(
    story_id: str,
    deps: Dependencies,
    filters: Annotated[MemberFilters, Query()],
    request: Request,
    response: Response,
) -> Story:
    """Return a story with a page of its articles, including copies, by time of receipt.

    For an earlier id, it returns the story into which it was merged: `id` is the present id, `Content-Location` its
    address.
    """
    try:
        story = read_story(
            StoryId(story_id), deps.store, now=deps.clock.now(), cursor=filters.cursor, limit=filters.limit
        )
    except WrongCursorError as error:
        raise WrongParameterError("cursor", str(error)) from error
    if story is None:
        raise HTTPException(
            HTTPStatus.NOT_FOUND, f"there is no story {story_id}; the field `story_id` of an article has its story"
        )
    response.headers["Content-Location"] = request.app.url_path_for("get_story", story_id=story.id)
    return with_links(story, deps.store, now=deps.clock.now()) if deps.story_links else story


@router.get("/{story_id}/decisions")
def list_decisions(story_id: str, deps: Dependencies) -> StoryDecisionList:
    """Return what people decided about a story, oldest first, including what was undone; none for an unknown story."""
    return StoryDecisionList(items=tuple(_desk(deps).about(StoryId(story_id))))


@decision_router.post("/merge")
def merge_story(
    story_id: str, order: MergeOrder, deps: Dependencies, caller: RequestCaller, request: Request
) -> StoryDecision:
    """Merge a story into another one, which keeps its id, and return the decision; repeating this changes nothing."""
    name_target(request, order.into)
    with _refused():
        return _desk(deps).merge(StoryId(story_id), order.into, by=caller.signature(order.by), reason=order.reason)


@decision_router.post("/split")
def split_story(
    story_id: str, order: SplitOrder, deps: Dependencies, caller: RequestCaller, request: Request
) -> StoryDecision:
    """Split articles with their copies off as a story of their own, and return the decision.

    `into` is the id of the new story. The two are never merged automatically. Repeating this changes nothing.
    """
    name_target(request, *order.articles)
    with _refused():
        return _desk(deps).split(StoryId(story_id), order.articles, by=caller.signature(order.by), reason=order.reason)


@decision_router.post("/move")
def move_article(
    story_id: str, order: MoveOrder, deps: Dependencies, caller: RequestCaller, request: Request
) -> StoryDecision:
    """Move an article with its copies into another story, and return the decision; repeating this changes nothing."""
    name_target(request, order.article, order.into)
    with _refused():
        return _desk(deps).move(
            StoryId(story_id), order.article, order.into, by=caller.signature(order.by), reason=order.reason
        )


@decision_router.post("/headline")
def pin_headline(story_id: str, order: HeadlineOrder, deps: Dependencies, caller: RequestCaller) -> StoryDecision:
    """Set the headline of a story, whatever articles follow, and return the decision; repeating changes nothing."""
    with _refused():
        return _desk(deps).pin_headline(
            StoryId(story_id), order.headline, by=caller.signature(order.by), reason=order.reason
        )


@decision_router.post("/undo")
def undo_decision(
    story_id: str, order: UndoOrder, deps: Dependencies, caller: RequestCaller, request: Request
) -> StoryDecision:
    """Undo a decision about a story, as if it had never been made, and return it; repeating this changes nothing."""
    name_target(request, order.decision)
    with _refused():
        return _desk(deps).undo(StoryId(story_id), order.decision, by=caller.signature(order.by))


def _desk(deps: ApiDependencies) -> StoryDesk:
    return writing(deps.story_desk, command="stories")


@contextmanager
def _refused() -> Iterator[None]:
    """Return refused decisions as problems."""
    try:
        yield
    except UnknownStoryError as error:
        raise HTTPException(HTTPStatus.NOT_FOUND, str(error)) from error
    except StoryConflictError as error:
        raise HTTPException(HTTPStatus.CONFLICT, str(error)) from error
