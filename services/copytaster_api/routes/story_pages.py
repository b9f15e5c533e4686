"""The pages of stories for people: the list, and a page for each story, made here, so that they need no JavaScript."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated
from urllib.parse import quote

from fastapi import HTTPException, Query, Response
from fastapi.responses import RedirectResponse

from copytaster.store.cursor import WrongCursorError
from copytaster.store.ports.stories import StoryId
from copytaster.stories.across_languages import with_links
from copytaster.stories.listing import find_stories
from copytaster.stories.reading import read_story
from copytaster.stories.story import StoryState
from copytaster.stories.timeline import lead_of, timeline
from copytaster_api.dependencies import Dependencies
from copytaster_api.page_frame import Pages
from copytaster_api.page_routers import page_router
from copytaster_api.problems import WrongParameterError, documented
from copytaster_api.story_schemas import MemberFilters, StoryFilters

router = page_router("/stories")


@router.get("", responses=documented(HTTPStatus.UNPROCESSABLE_ENTITY))
def story_list(deps: Dependencies, pages: Pages, filters: Annotated[StoryFilters, Query()]) -> Response:
    """Return the page with the stories, the last changed first; with the filters of `/api/v1/stories`."""
    try:
        page = find_stories(
            filters.query(), deps.store, now=deps.clock.now(), cursor=filters.cursor, limit=filters.limit
        )
    except WrongCursorError as error:
        raise WrongParameterError("cursor", str(error)) from error
    return pages.render(
        "stories.html",
        stories=page.stories,
        states=list(StoryState),
        state=filters.state,
        next_address=page.next_cursor and pages.address(cursor=page.next_cursor),
    )


@router.get(
    "/{story_id}", responses=documented(HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY), response_model=None
)
def story_page(story_id: str, deps: Dependencies, pages: Pages, filters: Annotated[MemberFilters, Query()]) -> Response:
    """Return the page of a story: headline, lead, sources and names, and what was new in each article, newest first.

    For an earlier id, it redirects to the story into which it was merged.
    """
    now = deps.clock.now()
    try:
        story = read_story(
            StoryId(story_id), deps.store, now=now, cursor=filters.cursor, limit=filters.limit, newest_first=True
        )
    except WrongCursorError as error:
        raise WrongParameterError("cursor", str(error)) from error
    if story is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, f"there is no story {story_id}; /stories lists the stories")
    if story.id != story_id:
        # A merge can be undone, so that browsers must not remember the redirect.
        return RedirectResponse(f"/stories/{quote(story.id)}", HTTPStatus.TEMPORARY_REDIRECT)
    if deps.story_links:
        story = with_links(story, deps.store, now=now)
    lead = lead_of(story, deps.store, now=now)
    return pages.render("story.html", story=story, lead=lead, entries=timeline(story.members))
