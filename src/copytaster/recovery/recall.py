"""Recalls into which stories articles had been placed, before they are placed again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime

from copytaster.archive.daily_lines import day_of
from copytaster.archive.placements import Placement, Placements
from copytaster.model.article import ArticleId
from copytaster.model.batches import batched
from copytaster.store.ports.stories import Assignment, Stories, StoryId
from copytaster.stories.decided import Decided

PAGE = 1_000
"""Assignments in one round trip: some 200 KB."""


def recall_placements(placements: Placements, stories: Stories, decided: Decided, *, since: datetime | None) -> None:
    """Assign articles to the stories in which they were, those that were placed at ``since`` or later (all if None).

    That is where they were placed, unless a person has ``decided`` otherwise. Articles that are in a story stay there.
    May be repeated. Raises ``TransientError``. Cost: a line of some 200 bytes is read for each article, and the stories
    that were merged are held in memory.
    """
    merges: dict[ArticleId, tuple[datetime, Placement]] = {}
    left = set() if since else set(decided.places)
    for page in batched(_recorded(placements, since), PAGE):
        stories.assign([decided.assignment(_assignment(each)) for _, each in page])
        left -= {each.article_id for _, each in page}
        for at, each in page:
            # A placement that was not made, because the story had changed, is followed by another one.
            merges.pop(each.article_id, None)
            if each.merged:
                merges[each.article_id] = (at, each)
    stories.assign([decided.assignment(Assignment(each, decided.places[each].story_id)) for each in sorted(left)])
    merged = {
        StoryId(name): StoryId(each.story_id)
        for at, each in merges.values()
        for name in each.merged
        if decided.is_merged_at(StoryId(name), at)
    } | decided.merged
    for names in batched(merged, PAGE):
        stories.redirect({each: merged[each] for each in names})


def _recorded(placements: Placements, since: datetime | None) -> Iterator[tuple[datetime, Placement]]:
    first = day_of(since) if since else ""
    for day in placements.days():
        if day >= first:
            yield from ((group.at, each) for group in placements.read(day) for each in group.placements)


def _assignment(placement: Placement) -> Assignment:
    evidence = json.dumps(placement.evidence).encode() if placement.evidence else b""
    return Assignment(placement.article_id, StoryId(placement.story_id), evidence)
