"""The documents of stories: a story as a whole, and its members."""

from __future__ import annotations

from enum import StrEnum

from pydantic import AwareDatetime, Field

from copytaster.model.article import ArticleId, Document, Relation, Text
from copytaster.store.ports.stories import StoryId
from copytaster.stories.evidence import Evidence


class StoryState(StrEnum):
    """Whether articles are still to be expected: they arrive, they may arrive, or none joins the story any more."""

    DEVELOPING = "developing"
    QUIET = "quiet"
    CLOSED = "closed"


class StoryTopic(Document):
    """A topic of a story's articles."""

    code: Text
    name: Text


class StoryMember(Document):
    """An article of a story.

    ``relation`` is that to the article of which it is a copy. ``evidence`` says why it is in the story, null for the
    founder. ``new`` are the sentences that no earlier article has. While the article may not be used, its title is
    null, ``new`` is empty, and the evidence names no words.
    """

    article_id: ArticleId
    title: Text | None
    source: str | None
    received_at: AwareDatetime
    published_at: AwareDatetime | None
    relation: Relation | None
    evidence: Evidence | None
    new: tuple[Text, ...] = ()


class StorySummary(Document):
    """A story as lists show it.

    ``headline`` is that of the lead, the most complete article that may be used now, or the one that the person
    ``headline_by`` chose; both are null if no article may be used. ``first_seen`` and ``last_seen`` are times of
    receipt. ``articles`` counts the members that are no ``copies`` of another one. ``sources`` are in the order of
    their first article. ``velocity`` is the number of members an hour, lately.
    """

    id: StoryId
    state: StoryState
    headline: Text | None
    headline_by: Text | None
    lead_article_id: ArticleId | None
    first_seen: AwareDatetime
    last_seen: AwareDatetime
    articles: int = Field(ge=0)
    copies: int = Field(ge=0)
    sources: tuple[str, ...]
    names: tuple[Text, ...]
    topics: tuple[StoryTopic, ...]
    velocity: float = Field(ge=0)


class LinkKind(StrEnum):
    """How another story stands to a story: it reports the same event in another language."""

    SAME_EVENT = "same_event"


class StoryLink(Document):
    """A link to another story, with its probability (0 to 1), its headline and its language."""

    kind: LinkKind
    story_id: StoryId
    language: str
    headline: Text | None
    score: float = Field(ge=0, le=1)


class Story(StorySummary):
    """A story with a page of its members in the order of receipt; ``next_cursor`` is null on the last page.

    ``links`` are stories in other languages about the same event; there are none unless the setting
    ``COPYTASTER_STORY_LINKS`` is on.
    """

    links: tuple[StoryLink, ...] = ()
    members: tuple[StoryMember, ...]
    next_cursor: str | None


class StorySummaryPage(Document):
    """A page of stories, the last changed first; ``next_cursor`` is null on the last page."""

    stories: tuple[StorySummary, ...]
    next_cursor: str | None
