"""The port of the stories: their records, their members, and the index by which an article finds them.

A story is founded by one article, after which it is named, and others are placed into it. Its record is small, and
contains what lists show and what articles are compared with. Whoever changes stories reads their records, computes the
new ones, and commits the change, which is made only if nothing has changed since; so nothing is ever locked.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NewType, Protocol

from copytaster.model.article import ArticleId
from copytaster.model.events import EventKind

StoryId = NewType("StoryId", str)

Handles = NewType("Handles", bytes)
"""The handles of stories, see ``story_handles``: an article may have a hundred stories under its keys."""

IndexKey = NewType("IndexKey", int)
"""The hash of an index term, 48 bits. Two terms that share a hash, one pair among 24 million, cost a comparison."""

MAX_STORIES_OF_KEY = 16
"""Stories that the index has under one key, those that changed last: a term of more stories distinguishes none."""

HIGHEST_REVISION = 2**32 - 2
"""It is stored in four bytes, and an earlier release adds one to it."""

MAX_CANDIDATES = 12
"""Stories with which an article is compared, those that share most keys: each takes half a kilobyte to read."""

MAX_SOURCES = 100
"""Sources that a record names."""


@dataclass(frozen=True, slots=True)
class Lead:
    """An article that may represent its story, and its number of words: the longest is the most complete one."""

    article_id: ArticleId
    words: int


@dataclass(frozen=True, slots=True)
class PinnedHeadline:
    """A headline that a person chose."""

    text: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryRecord:
    """A story as a whole. ``revision`` is 0 for one that is not stored yet, and that of the last change for others.

    ``articles`` are members that are not ``copies`` of another article. ``sources`` are in the order of their first
    article. ``leads`` are the most complete members, the best first. ``recent`` are the latest times of receipt, the
    latest first. ``profile`` is empty, and there are no ``keys``, after it was ``closed``. ``absorbed`` are the stories
    that were merged into it; ``apart`` are those with which it is never merged automatically, because a person split
    or moved something. ``language`` is that of its first article whose language is known; None if there is none, and
    for stories of earlier releases.
    """

    id: StoryId
    revision: int = 0
    first_seen: datetime
    last_seen: datetime
    articles: int = 0
    copies: int = 0
    sources: tuple[str, ...] = ()
    leads: tuple[Lead, ...] = ()
    recent: tuple[datetime, ...] = ()
    profile: bytes = b""
    keys: tuple[IndexKey, ...] = ()
    closed: bool = False
    headline: PinnedHeadline | None = None
    absorbed: tuple[StoryId, ...] = ()
    apart: tuple[StoryId, ...] = ()
    language: str | None = None

    @property
    def members(self) -> int:
        """The number of all members."""
        return self.articles + self.copies


@dataclass(frozen=True, slots=True)
class StoryEntry:
    """A member of a story. ``evidence`` says why it is one, as JSON; empty for the founder."""

    article_id: ArticleId
    received_at: datetime
    is_copy: bool = False
    evidence: bytes = b""


@dataclass(frozen=True, slots=True)
class EntryPage:
    """A page of the members of a story; ``next_cursor`` is None on the last page."""

    entries: tuple[StoryEntry, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class StoryPage:
    """A page of stories; ``next_cursor`` is None on the last page."""

    stories: tuple[StoryRecord, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class WaitingCopy:
    """A copy whose original is not in a story yet, and the copy's source."""

    entry: StoryEntry
    source: str | None


@dataclass(frozen=True, slots=True)
class Assignment:
    """The story into which an article is placed without a choice: the one that it was in before a rebuild.

    ``headline`` and ``apart`` are what people decided about that story, see ``StoryRecord``.
    """

    article_id: ArticleId
    story_id: StoryId
    evidence: bytes = b""
    headline: PinnedHeadline | None = None
    apart: tuple[StoryId, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """An article that is to be placed, and its index keys, the best first."""

    article_id: ArticleId
    keys: tuple[IndexKey, ...]


@dataclass(frozen=True, slots=True)
class Situation:
    """What the store knows about an article that is to be placed.

    ``story`` is its present story, None if it is in none. ``assigned`` is set after a rebuild, and then the story of
    the assignment is among the ``candidates``, if it exists. ``copies`` wait for the article, without those that are in
    a story by now; ``waiting`` is the number of all. ``candidates`` share keys with the article, the most promising
    first. ``known`` are all stories under its keys, see ``StoryChange``.
    """

    story: StoryRecord | None
    assigned: Assignment | None
    copies: tuple[WaitingCopy, ...]
    candidates: tuple[StoryRecord, ...]
    known: Handles
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class Placed:
    """A member that enters ``story_id``, and the story that it leaves; None if it was in no story."""

    story_id: StoryId
    entry: StoryEntry
    leaves: StoryId | None = None


@dataclass(frozen=True, slots=True)
class StoryEvent:
    """A change of stories that is to be reported."""

    kind: EventKind
    at: datetime
    story_ids: tuple[StoryId, ...]
    article_ids: tuple[ArticleId, ...] = ()


def new_revision() -> int:
    """Return the revision of a change: 32 bits by chance, so that no two changes of one record have the same."""
    return 1 + secrets.randbelow(HIGHEST_REVISION)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryChange:
    """A change of one or several stories, which is made as a whole or not at all.

    It is made if each of the ``records`` is stored with the revision that it has here (0: is not stored), and if the
    ``placed`` and ``removed`` members are where they are said to be. A record without members is removed. ``merged``
    are stories, by id, whose members and redirects pass to another one of the records; their records are among
    ``records``, without members. With ``known``, no other story may have come under the ``keys`` of the article. With
    ``original``, as many ``copies`` as given must wait for it; they wait no longer.

    The records have its ``revision`` afterwards, which no other change has. So one that is computed on the result of
    another is made only if that one was: if revisions were counted, a change of another process would do as well, and
    its members would be lost.
    """

    records: tuple[StoryRecord, ...]
    placed: tuple[Placed, ...] = ()
    removed: tuple[tuple[ArticleId, StoryId], ...] = ()
    merged: Mapping[StoryId, StoryId] = field(default_factory=dict)
    keys: tuple[IndexKey, ...] = ()
    known: Handles | None = None
    original: ArticleId | None = None
    copies: int = 0
    events: tuple[StoryEvent, ...] = ()
    revision: int = field(default_factory=new_revision, compare=False)


class Stories(Protocol):
    """Stores stories, all in one hash slot. Every method raises ``TransientError`` if the server does not answer.

    Each method is one round trip, if nothing else is said. No cost grows with the number of stories.
    """

    def situations(self, wanted: Sequence[Wanted]) -> list[Situation]:
        """Return what is needed to place each of the articles."""
        ...

    def commit(self, changes: Sequence[StoryChange]) -> list[bool]:
        """Make the changes, one after another, and return for each whether it was made; see ``StoryChange``.

        Cost: a merge moves the members of the merged story, other changes cost the same for stories of any size.
        """
        ...

    def wait_for_original(self, original: ArticleId, copy: WaitingCopy) -> bool:
        """Let a copy wait until its original is placed; return False if that, or the copy, is in a story by now."""
        ...

    def ids(self, article_ids: Sequence[ArticleId]) -> Mapping[ArticleId, StoryId]:
        """Return the present story of each article that is in one."""
        ...

    def records(self, story_ids: Sequence[StoryId]) -> Mapping[StoryId, StoryRecord]:
        """Return the stories by the ids that were asked for, which may be ids of merged stories; unknown ones lack."""
        ...

    def entries(
        self, story_id: StoryId, *, cursor: str | None = None, newest_first: bool = False, limit: int
    ) -> EntryPage:
        """Return a page of the members of a story, given by its present id, in the order of receipt or its reverse.

        Raises ``WrongCursorError``.
        """
        ...

    def entry(self, story_id: StoryId, article_id: ArticleId) -> StoryEntry | None:
        """Return a member of the story; None if it is not one."""
        ...

    def entries_of(self, members: Sequence[tuple[StoryRecord, ArticleId]]) -> list[StoryEntry | None]:
        """Return each article as a member of the story whose record was read before; None if it is not one."""
        ...

    def changed(self, *, single: bool, cursor: str | None = None, limit: int) -> StoryPage:
        """Return a page of the stories of several members, the last changed first; two round trips.

        With ``single``, those of one member are included, but closed stories are not. Raises ``WrongCursorError``.
        """
        ...

    def open_count(self) -> int:
        """Return how many stories are not closed."""
        ...

    def unchanged(self, *, before: datetime, limit: int) -> list[StoryRecord]:
        """Return open stories that changed last before this time, the earliest first; two round trips."""
        ...

    def walk(self, position: int) -> tuple[int, list[tuple[StoryRecord, int]]]:
        """Return some of all stories, each with its number of stored members, and the next position; 0 begins and ends.

        The number is 0 for a story whose only member is stored in its record. Stories that are founded or removed
        meanwhile may be missing, and one may be returned twice. Cost: two round trips, whatever is stored.
        """
        ...

    def assign(self, assignments: Sequence[Assignment]) -> None:
        """Assign articles to stories, before they are placed; of several assignments of one article the last counts.

        One that has been in a story for long is not moved. Assignments that are not used are forgotten after some days.
        """
        ...

    def redirect(self, merged: Mapping[StoryId, StoryId]) -> None:
        """Record that stories were merged into others, before either is stored again."""
        ...

    def earlier(self, article_ids: Sequence[ArticleId]) -> Mapping[ArticleId, StoryId]:
        """Return the stories of those articles that an earlier release has tied to others."""
        ...

    def remove_earlier(self) -> None:
        """Remove the ties of an earlier release."""
        ...

    def report(self, *, limit: int, again_in: timedelta) -> int:
        """Write events of changes to the event stream, and return how many; several round trips.

        Any number of processes may do this: an event is written twice only if a process dies between writing it and
        removing it, and then after ``again_in``.
        """
        ...


def founded_story(article_id: ArticleId) -> StoryId:
    """Return the id of the story that the article founds: the article's id with ``s`` instead of ``a``."""
    return StoryId(f"s{article_id[1:]}")


def founder(story_id: StoryId) -> ArticleId:
    """Return the article that founded the story."""
    return ArticleId(f"a{story_id[1:]}")
