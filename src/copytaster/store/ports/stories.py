"""The port of the story index: clusters of articles that are tied by relations.

The id of a story is derived from its founder, the member that was received first. An article without ties is a story
by itself, for which nothing is stored. When two stories are tied, they become one story with the id of the founder of
both; the other id refers to it for ever. So clusters and ids do not depend on the order in which ties become known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NewType, Protocol

from copytaster.model.article import ArticleId, Relation

StoryId = NewType("StoryId", str)


@dataclass(frozen=True, slots=True)
class Member:
    """An article to be tied, and when it was received.

    ``certain`` is False while that time is an estimate because the article is not stored yet.
    """

    article_id: ArticleId
    received_at: datetime
    certain: bool = True


@dataclass(frozen=True, slots=True)
class StoryEntry:
    """A member of a story; ``relation`` is its strongest one to an earlier article, None if it has none."""

    article_id: ArticleId
    relation: Relation | None


class Stories(Protocol):
    """Stores the members of stories, all in one hash slot. ``members`` takes three round trips, other methods one."""

    def tie(self, article: Member, others: Sequence[Member], relation: Relation | None) -> StoryId:
        """Put the article and the others into one story and return its id; ``relation`` is stored with the article.

        Ties are never undone, and tying again changes nothing. A certain time of receipt replaces an estimated one.
        Without others, for an article without ties, this is a single read.
        """
        ...

    def ids(self, article_ids: Sequence[ArticleId]) -> Mapping[ArticleId, StoryId]:
        """Return the present story id of each article."""
        ...

    def resolve(self, story_id: StoryId) -> StoryId:
        """Return the present id of a story; an unknown id is returned unchanged."""
        ...

    def members(self, story_id: StoryId) -> list[StoryEntry]:
        """Return the members by time of receipt, the founder first.

        If nothing is stored for the story, the result is the founder that the id names, whether that exists or not.
        """
        ...

    def remove(self, article_id: ArticleId) -> None:
        """Remove the article from its story. The others keep the id of the story, also if the article founded it."""
        ...


def founded_story(article_id: ArticleId) -> StoryId:
    """Return the id of the story that the article founds: the article's id with ``s`` instead of ``a``."""
    return StoryId(f"s{article_id[1:]}")


def founder(story_id: StoryId) -> ArticleId:
    """Return the article that founded the story."""
    return ArticleId(f"a{story_id[1:]}")
