"""From settings to what happens to stories besides placing."""

from __future__ import annotations

from datetime import timedelta

from copytaster.clock import Clock
from copytaster.settings import Settings
from copytaster.store.store import Store
from copytaster.stories.closing import StoryTending


def open_story_tending(settings: Settings, store: Store, *, clock: Clock) -> StoryTending:
    """Return what reports the changes of stories and closes them."""
    return StoryTending(store=store, clock=clock, window=timedelta(days=settings.story_days))
