"""A person's decision about stories: which articles belong together, or what a story is called."""

from __future__ import annotations

import secrets
from datetime import datetime
from enum import StrEnum

from pydantic import AwareDatetime, Field

from copytaster.clock import milliseconds
from copytaster.model.article import ArticleId, Document, Text


class StoryDecisionKind(StrEnum):
    """What was decided about a story."""

    MERGE = "merge-stories"
    SPLIT = "split-story"
    MOVE = "move-article"
    HEADLINE = "pin-headline"


class Undoing(Document):
    """Who took a decision back, and when."""

    at: AwareDatetime
    by: Text


class StoryDecision(Document):
    """A decision about the story ``story_id``, when it was made, by whom and why; ``id`` sorts by time.

    A merge, a split and a move took the ``articles`` out of this story and put them into the story ``into``; a merge
    took all of them, so that the id leads to the other story. A pinned ``headline`` replaces that of the lead article.
    A decision that was ``undone`` is as if it had never been made.
    """

    id: Text
    kind: StoryDecisionKind
    at: AwareDatetime
    by: Text
    reason: Text | None = None
    story_id: Text
    into: Text | None = None
    articles: tuple[ArticleId, ...] = Field(default=(), description="In the order in which the story had them.")
    headline: Text | None = None
    undone: Undoing | None = None

    @property
    def story_ids(self) -> tuple[str, ...]:
        """The stories that the decision changed."""
        return (self.story_id, self.into) if self.into else (self.story_id,)


def new_decision_id(kind: StoryDecisionKind, now: datetime) -> str:
    """Return a unique id that names the kind; ids of one kind sort by time, to the millisecond."""
    return f"{kind}-{milliseconds(now):012x}{secrets.token_hex(2)}"
