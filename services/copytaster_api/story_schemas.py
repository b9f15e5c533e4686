"""Documents about stories that only the HTTP API uses: filters, pages of lists, and the bodies of decisions."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from copytaster.model.article import ArticleId, Document, Text
from copytaster.model.story_decision import StoryDecision
from copytaster.store.ports.stories import StoryId
from copytaster.stories.listing import MAX_LISTED, StoryQuery
from copytaster.stories.reading import PAGE
from copytaster.stories.story import StoryState, StorySummary
from copytaster_api.schemas import MAX_ITEMS, STORY, FromTime, ToTime

StoryName = Annotated[StoryId, StringConstraints(pattern=STORY)]

MAX_HEADLINE = 300
"""Characters of a headline: three lines on a page."""


class StoryOrder(Document):
    """The body of a request to decide about a story, as far as all kinds have it in common."""

    by: Text | None = Field(default=None, description="The person who decided it; by default the name of the key.")
    reason: Text | None = Field(default=None, description="Why it was decided.")


class MergeOrder(StoryOrder):
    """The body of a request to merge a story into another one."""

    into: StoryName = Field(description="Present id of the other story, which keeps its id.")


class SplitOrder(StoryOrder):
    """The body of a request to split articles off a story."""

    articles: tuple[ArticleId, ...] = Field(min_length=1, max_length=MAX_ITEMS, description="Their ids.")


class MoveOrder(StoryOrder):
    """The body of a request to move an article into another story."""

    article: ArticleId = Field(description="Id of the article; its copies are moved with it.")
    into: StoryName = Field(description="Present id of the other story.")


class HeadlineOrder(StoryOrder):
    """The body of a request to set the headline of a story."""

    headline: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_HEADLINE)] = Field(
        description="The headline, whatever articles follow."
    )


class UndoOrder(StoryOrder):
    """The body of a request to undo a decision about a story."""

    decision: Text | None = Field(default=None, description="Id of the decision; null: the last one that is in force.")


class StoryFilters(Document):
    """The query parameters of the list of stories; unknown ones are refused."""

    state: StoryState | None = Field(default=None, description="State of the story.")
    source: Text | None = Field(default=None, description="One of its sources; compared as in lists of articles.")
    topic: Text | None = Field(default=None, description="Code or name of one of its topics.")
    entity: Text | None = Field(default=None, description="One of its names.")
    changed_from: FromTime | None = Field(
        default=None, description="Earliest last change: RFC 3339 with offset, or a day (its start in UTC)."
    )
    changed_to: ToTime | None = Field(
        default=None, description="Latest last change: RFC 3339 with offset, or a day (its end in UTC)."
    )
    single: bool = Field(default=False, description="Also open stories of one article.")
    limit: int = Field(default=20, ge=1, le=MAX_LISTED, description="Most items of the page.")
    cursor: Text | None = Field(default=None, description="`next_cursor` of the page before.")

    def query(self) -> StoryQuery:
        """Return the conditions of the list."""
        return StoryQuery(**self.model_dump(exclude={"limit", "cursor"}))


class MemberFilters(Document):
    """The query parameters of a story; unknown ones are refused."""

    limit: int = Field(default=PAGE, ge=1, le=PAGE, description="Most members of the page.")
    cursor: Text | None = Field(default=None, description="`next_cursor` of the page before.")


class StoryList(Document):
    """A page of stories; ``next_cursor`` is null on the last, also if a page is short because of the filters."""

    items: tuple[StorySummary, ...]
    next_cursor: str | None


class StoryDecisionList(Document):
    """The decisions about a story, oldest first; ``next_cursor`` is always null, because there are few."""

    items: tuple[StoryDecision, ...]
    next_cursor: None = None
