"""Routes of stories."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Depends, HTTPException, Request, Response

from copytaster.store.ports.stories import StoryId
from copytaster.stories.reading import read_story
from copytaster.stories.story import Story
from copytaster_api.dependencies import Dependencies, refuse_during_outage
from copytaster_api.problems import documented

router = APIRouter(
    prefix="/api/v1/stories",
    tags=["articles"],
    responses=documented(HTTPStatus.SERVICE_UNAVAILABLE),
    dependencies=[Depends(refuse_during_outage)],
)


@router.get("/{story_id}", responses=documented(HTTPStatus.NOT_FOUND))
def get_story(story_id: str, deps: Dependencies, request: Request, response: Response) -> Story:
    """Return a story with its articles, including copies, by time of receipt.

    For an earlier id, it returns the story into which it was merged: `id` is the present id, `Content-Location` its
    address.
    """
    story = read_story(StoryId(story_id), deps.store, now=deps.clock.now())
    if story is None:
        raise HTTPException(
            HTTPStatus.NOT_FOUND, f"there is no story {story_id}; the field `story_id` of an article has its story"
        )
    response.headers["Content-Location"] = request.app.url_path_for("get_story", story_id=story.id)
    return story
