"""The end of stories: those without an article for long are closed; and the reports about changes of stories."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from copytaster.clock import Clock
from copytaster.model.events import EventKind
from copytaster.store.ports.stories import StoryChange, StoryEvent, StoryRecord
from copytaster.store.store import Store
from copytaster.stories.records import closed

log = structlog.get_logger(__name__)

AT_ONCE = 200
"""Stories closed in one step: some 20 ms; at one step in two seconds six million a day."""

EVENTS_AT_ONCE = 1_000
"""Events reported in one step: more than the placements of all workers within a few seconds."""

REPORT_AGAIN = timedelta(minutes=1)
"""If a process dies while it reports an event, another one reports it after this time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryTending:
    """Reports changes of stories, and closes those that have had no article for the ``window``."""

    store: Store
    clock: Clock
    window: timedelta

    def step(self) -> int:
        """Report and close a batch, and return how many stories were closed. Any number of processes may do this.

        Nothing is closed until the store is complete: a rebuild places old articles first. Raises ``TransientError``.
        """
        self.store.stories.report(limit=EVENTS_AT_ONCE, again_in=REPORT_AGAIN)
        if not self.store.epoch.read().is_complete:
            return 0
        now = self.clock.now()
        over = self.store.stories.unchanged(before=now - self.window, limit=AT_ONCE)
        # One that an article has joined since it was read is not closed.
        count = sum(self.store.stories.commit([_closing(each, now) for each in over]))
        if count:
            log.info("stories.closed", count=count)
        return count


def _closing(record: StoryRecord, now: datetime) -> StoryChange:
    event = StoryEvent(EventKind.STORY_CLOSED, now, (record.id,))
    return StoryChange(records=(closed(record),), events=(event,))
