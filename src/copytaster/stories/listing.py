"""Lists of stories by filters, in a bounded number of reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from copytaster.clock import milliseconds
from copytaster.model.article import ArticleId
from copytaster.model.source_names import name_key
from copytaster.store.cursor import Cursor
from copytaster.store.matching import caseless
from copytaster.store.store import Store
from copytaster.stories.reading import list_stories
from copytaster.stories.story import StoryState, StorySummary, StorySummaryPage

MAX_LISTED = 100
"""Stories of a page: the most complete article of each is read, half a megabyte in all."""

MAX_EXAMINED = 400
"""Stories that are compared with the filters for one page; it may have fewer stories than asked for, or none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryQuery:
    """Conditions on stories, all of which a story meets; ``single`` includes open stories of one article."""

    state: StoryState | None = None
    source: str | None = None
    topic: str | None = None
    entity: str | None = None
    changed_from: datetime | None = None
    changed_to: datetime | None = None
    single: bool = False


def find_stories(
    query: StoryQuery, store: Store, *, now: datetime, cursor: str | None = None, limit: int
) -> StorySummaryPage:
    """Return a page of the stories that match, the last changed first.

    ``next_cursor`` is None only if no further story can match: a page may have fewer stories than ``limit`` and be
    followed by others. Cost: at most ``MAX_EXAMINED`` stories are read. Raises ``WrongCursorError``.
    """
    found: list[StorySummary] = []
    position, left = cursor or _first_position(query), MAX_EXAMINED
    size = min(limit + 1, MAX_LISTED)  # often all of them match
    while left > 0:
        page = list_stories(store, now=now, single=query.single, cursor=position, limit=min(size, left))
        left, size = left - size, MAX_LISTED
        for each in page.stories:
            if query.changed_from and each.last_seen < query.changed_from:
                return StorySummaryPage(stories=tuple(found), next_cursor=None)
            if len(found) == limit:
                return StorySummaryPage(stories=tuple(found), next_cursor=position)
            position = _position(each)
            if matches_story(each, query):
                found.append(each)
        if page.next_cursor is None:
            return StorySummaryPage(stories=tuple(found), next_cursor=None)
        position = page.next_cursor
    return StorySummaryPage(stories=tuple(found), next_cursor=position)


def matches_story(story: StorySummary, query: StoryQuery) -> bool:
    """Return whether the story meets every condition; sources and names are compared as in lists of articles."""
    topics = {caseless(term) for each in story.topics for term in (each.code, each.name)}
    return (
        (query.state is None or story.state is query.state)
        and (query.source is None or name_key(query.source) in map(name_key, story.sources))
        and (query.topic is None or caseless(query.topic) in topics)
        and (query.entity is None or caseless(query.entity) in map(caseless, story.names))
        and (query.changed_to is None or story.last_seen <= query.changed_to)
    )


def _position(story: StorySummary) -> str:
    return str(Cursor(milliseconds(story.last_seen), ArticleId(story.id)))


def _first_position(query: StoryQuery) -> str | None:
    """Return the position before the stories that changed last at ``changed_to``; None for the first of all."""
    if query.changed_to is None:
        return None
    return str(Cursor(milliseconds(query.changed_to + timedelta(milliseconds=1)), ArticleId("s" + "0" * 20)))
