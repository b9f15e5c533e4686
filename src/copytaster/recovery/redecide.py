"""Makes decisions about stories again that the server has lost with its last writes."""

from __future__ import annotations

from datetime import datetime

from copytaster.model.story_decision import StoryDecision
from copytaster.stories.decided import Decided
from copytaster.stories.decisions import StoryDesk


def redecide(desk: StoryDesk, *, since: datetime | None) -> None:
    """Change the stories as people decided, or undid, at ``since`` or later (ever if None), where the store lacks it.

    What does not fit the present stories any more is left as it is. May be repeated. Raises ``TransientError``. Cost:
    one read of each decision in the archive, and a few round trips for each of those that are compared.
    """
    made = desk.decisions.about_stories()
    decided = Decided.of(made)
    for each in sorted(made, key=_last_changed):
        if since is None or _last_changed(each) >= since:
            desk.repeat(each, decided)


def _last_changed(decision: StoryDecision) -> datetime:
    return decision.undone.at if decision.undone else decision.at
