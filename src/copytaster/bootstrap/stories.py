"""From settings to what happens to stories besides placing, and to the decisions of people about them."""

from __future__ import annotations

from datetime import timedelta

from copytaster.bootstrap.archive import open_decisions
from copytaster.clock import Clock
from copytaster.settings import Settings
from copytaster.store.store import Store
from copytaster.stories.closing import StoryTending
from copytaster.stories.decisions import StoryDesk
from copytaster.stories.recount import StoryRecount


def open_story_tending(settings: Settings, store: Store, *, clock: Clock) -> StoryTending:
    """Return what reports the changes of stories and closes them."""
    return StoryTending(store=store, clock=clock, window=timedelta(days=settings.story_days))


def open_story_recount(store: Store, *, clock: Clock) -> StoryRecount:
    """Return what corrects the numbers of members of stories, and removes stories without members."""
    return StoryRecount(store=store, clock=clock)


def open_story_desk(settings: Settings, store: Store, *, clock: Clock) -> StoryDesk:
    """Return the decisions of people about stories, which are stored in the archive."""
    return StoryDesk(store=store, decisions=open_decisions(settings), clock=clock)
